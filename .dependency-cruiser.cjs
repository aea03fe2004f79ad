/**
 * Which part may import which: docs/decisions and the layout in the README say why. `allowed(part, …)` forbids every
 * import inside src that is not named; `import type` leaves nothing at run time and is told apart where it matters.
 */
const inside = (...parts) => parts.map((part) => `^src/${part}/`);
const typeOnly = { dependencyTypesNot: ['type-only'] };

/** `part` imports itself and the parts named, nothing else of src. */
const allowed = (part, ...others) => ({
  name: `${part}-imports`,
  comment: `src/${part} may import ${[part, ...others].join(', ')} only`,
  severity: 'error',
  from: { path: inside(part) },
  to: { path: '^src/', pathNot: inside(part, ...others) },
});

const temporal = '(^|/)node_modules/@temporalio/';

module.exports = {
  forbidden: [
    allowed('contracts'),
    allowed('domain', 'contracts'),
    allowed('config', 'contracts', 'domain'),
    allowed('activities', 'systems', 'domain', 'config', 'contracts'),
    allowed('payloads', 'contracts'),
    allowed('client', 'payloads', 'contracts', 'domain', 'config'),
    allowed('worker', 'payloads', 'workflows', 'activities', 'systems', 'domain', 'config', 'contracts'),
    allowed('practice'),
    {
      ...allowed('workflows', 'contracts', 'domain'),
      comment: 'src/workflows may import contracts and domain, and types from activities',
      to: { path: '^src/', pathNot: inside('workflows', 'contracts', 'domain', 'activities') },
    },
    {
      name: 'workflows-activities-type-only',
      comment: 'workflow code reaches activities through proxies: import type',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { path: '^src/activities/', ...typeOnly },
    },
    {
      name: 'systems-imports',
      comment: 'a system may import itself, systems/host, contracts and domain: not another system',
      severity: 'error',
      from: { path: '^src/systems/([^/]+)/', pathNot: '^src/systems/host/hops\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/systems/$1/', ...inside('systems/host', 'contracts', 'domain')] },
    },
    {
      name: 'hops-imports',
      comment: 'how the name of a jump host is read is the same in the config and on the way to it',
      severity: 'error',
      from: { path: '^src/systems/host/hops\\.ts$' },
      to: {
        path: '^src/',
        pathNot: [...inside('systems/host', 'contracts', 'domain'), '^src/config/(host-spec|ssh-config)\\.ts$'],
      },
    },
    {
      name: 'schemas-outside-workflows',
      comment: 'zod adds a megabyte to the workflow bundle: only .schema.ts files have it, and workflows import none',
      severity: 'error',
      from: { path: inside('workflows', 'domain') },
      to: { path: '^src/contracts/.*\\.schema\\.ts$', ...typeOnly },
    },
    {
      name: 'contracts-without-zod',
      severity: 'error',
      from: { path: '^src/contracts/', pathNot: '\\.schema\\.ts$' },
      to: { path: '(^|/)node_modules/', ...typeOnly },
    },
    {
      name: 'contracts-and-domain-pure',
      comment: 'rules without I/O: no module of Node, no Temporal',
      severity: 'error',
      from: { path: inside('contracts', 'domain') },
      to: { path: temporal },
    },
    {
      name: 'no-node-in-pure-code',
      comment: 'these are bundled into the workflow isolate, which has no modules of Node',
      severity: 'error',
      from: { path: inside('contracts', 'domain', 'workflows') },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'systems-without-temporal',
      severity: 'error',
      from: { path: inside('systems', 'config', 'practice') },
      to: { path: temporal },
    },
    {
      name: 'nobody-imports-tests-or-scripts',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: typeOnly } },
    {
      name: 'no-orphans',
      comment: 'a module that imports nothing and that nobody imports is left over',
      severity: 'error',
      from: { orphan: true },
      to: {},
    },
    {
      name: 'no-dev-dependencies',
      comment: 'what runs at run time stands in dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], ...{ dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
