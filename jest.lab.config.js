import base from './jest.config.js';

/** The tests against real hypervisors; test/lab/run.mjs brings those up and runs this, one file after another. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/lab/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
