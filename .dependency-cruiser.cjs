/** Who may import whom: the layout of ARCHITECTURE.md as rules. test/imports.test.ts plants a violation to see them bite. */
const allowed = {
  earth: [],
  model: ['earth'],
  tracking: ['earth', 'model'],
  exchange: ['model', 'earth'],
  picture: ['tracking', 'model', 'earth'],
  formats: ['model', 'earth'],
  warning: ['model', 'earth', 'formats'],
  channels: ['earth', 'model', 'formats', 'warning', 'exchange'],
  consultation: ['model', 'exchange'],
  node: [
    'earth',
    'model',
    'tracking',
    'exchange',
    'picture',
    'formats',
    'warning',
    'channels',
    'consultation',
  ],
  world: ['earth', 'model'],
  exercise: [
    'earth',
    'model',
    'tracking',
    'exchange',
    'picture',
    'formats',
    'warning',
    'channels',
    'consultation',
    'node',
    'world',
  ],
};

module.exports = {
  forbidden: [
    ...Object.entries(allowed).map(([folder, may]) => ({
      name: `${folder}-imports`,
      severity: 'error',
      comment: `src/${folder} may import ${may.length > 0 ? may.map((m) => `src/${m}`).join(', ') : 'nothing of ours'}`,
      from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^(src|web|scripts|test|bench)/', pathNot: `^src/(${[folder, ...may].join('|')})/` },
    })),
    {
      name: 'web-imports-the-interface',
      severity: 'error',
      comment:
        "the page knows the nodes' interface alone; that it takes only types is checked by web/interface.test.ts",
      from: { path: '^web/src/' },
      to: { path: '^src/', pathNot: '^src/node/wire\\.ts$' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-tests-in-code',
      severity: 'error',
      from: { path: '^(src|web)/', pathNot: '(\\.test\\.tsx?$|/testing/)' },
      to: { path: '(\\.test\\.tsx?$|^test/|/testing/)' },
    },
  ],
  options: {
    parser: 'swc',
    // This parser reads no JSX: the imports of .tsx files are checked by web/interface.test.ts.
    exclude: { path: '\\.tsx$' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
