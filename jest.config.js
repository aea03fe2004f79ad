/** Run as `node --experimental-vm-modules node_modules/jest/bin/jest.js` (scripts/test.mjs does). */
export default {
  rootDir: '.',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/test/lab/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { module: { type: 'es6' }, jsc: { target: 'es2022', parser: { syntax: 'typescript' } } },
    ],
  },
  setupFiles: ['<rootDir>/test/setup/errors.ts'],
  testTimeout: 30_000,
};
