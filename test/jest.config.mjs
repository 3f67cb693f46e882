// Jest in ESM mode: see docs/decisions for why swc and not ts-jest (types are checked by `npm run types`).
export default {
  rootDir: '..',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.{spec,medium-spec,browser-spec}.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/peers/', '<rootDir>/test/chaos/', '<rootDir>/test/bench/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)(?<!\\.json)\\.js$': '$1' }, // a package's data.json.js is a module, and no JSON
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  globalSetup: '<rootDir>/test/kit/global-setup.mjs',
  globalTeardown: '<rootDir>/test/kit/global-teardown.mjs',
  // Of a test, and of a hook: only what hangs meets it, on a machine under load too. Few need to name a longer one.
  testTimeout: 120_000,
  maxWorkers: 3, // with two cores: many tests wait, for a process that starts or a clock that runs
  // A module of ours is never let go by the test runner (ESM): after a hundred files a worker would hold 2 GB and collect garbage for half its time.
  workerIdleMemoryLimit: '500MB',
};
