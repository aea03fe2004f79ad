import { types } from 'node:util';

// jest runs modules in a realm of its own, where errors of fs, execa causes and fetch are not `instanceof Error`.
const original = Error[Symbol.hasInstance].bind(Error);
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    if (this !== Error) return Function.prototype[Symbol.hasInstance].call(this, value);
    return original(value) || types.isNativeError(value);
  },
});
