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
  // The soft cleanup wraps what signal-exit keeps on `process` once more for each file, until setting it overflows the stack.
  testEnvironmentOptions: { globalsCleanup: 'off' },
  globalSetup: '<rootDir>/test/setup/global-setup.mjs',
  globalTeardown: '<rootDir>/test/setup/global-teardown.mjs',
  setupFiles: ['<rootDir>/test/setup/errors.ts'],
  // Real processes on a busy machine take their time; nothing waits for this that works.
  testTimeout: 90_000,
  maxWorkers: 3,
  // Native code of Temporal's worker stays in a process once loaded; a process that has grown is replaced.
  workerIdleMemoryLimit: '1GB',
};
