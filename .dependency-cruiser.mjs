// The rules of the house (docs/ARCHITECTURE.md): who may import whom. A broken rule fails the build, by name.
import { fileURLToPath } from 'node:url';

// The corridor: a feature may use the rooms to its left, never those to its right.
const corridor = [
  'workspaces', 'media', 'channels', 'audience', 'posts', 'library', 'health', 'upkeep', 'broadcast', 'blog', 'phone',
  'dispatch', 'incidents', 'notifications', 'webhooks', 'reports', 'drill', 'desk',
];
const error = (name, from, to) => ({ name, severity: 'error', from, to });

export default {
  forbidden: [
    error('no-cycles', {}, { circular: true }),
    error('core-is-pure', { path: '^src/core/' }, { pathNot: ['^src/core/', 'node_modules/(@types/)?luxon', 'node_modules/rrule-temporal', 'node_modules/temporal'] }),
    error('connectors-know-core-zod-kit', { path: '^src/connectors/' }, { path: ['^src/(features|infra)/', '^src/[^/]+$'] }),
    error('connectors-are-strangers', { path: '^src/connectors/([^/]+)/' }, { path: '^src/connectors/[^/]+/', pathNot: '^src/connectors/$1/' }),
    error('connectors-kit-knows-no-platform', { path: '^src/connectors/[^/]+$', pathNot: '^src/connectors/registry\\.ts$' }, { path: '^src/connectors/[^/]+/' }),
    error('infra-knows-no-feature', { path: '^src/infra/' }, { path: '^src/(features|connectors)/' }),
    error('schemas-are-data', { path: '\\.schema\\.ts$' }, { path: '^src/', pathNot: ['^src/core/', '\\.schema\\.ts$'] }),
    error('limits-are-pure', { path: '/limits\\.ts$' }, { path: '^src/', pathNot: ['^src/core/', '^src/connectors/[^/]+\\.ts$', '/limits\\.ts$'] }),
    error('front-doors-only', { path: '^src/features/([^/]+)/' }, { path: '^src/features/', pathNot: ['^src/features/$1/', '\\.(module|service|events|schema)\\.ts$'] }),
    error('connectors-through-registry', { path: '^src/features/' }, { path: '^src/connectors/[^/]+/' }),
    error('only-app-knows-all', { path: '^src/', pathNot: ['^src/[^/]+$'] }, { path: '^src/(app\\.module|main|cli)\\.ts$' }),
    ...corridor.slice(0, -1).map((room, i) =>
      error(`${room}-looks-left`, { path: `^src/features/${room}/` }, { path: `^src/features/(${corridor.slice(i + 1).join('|')})/` })),
    error('tests-stay-outside', { path: '^(src|migrations)/' }, { path: '^test/' }),
    // Types alone are gone at run time; start.mjs compiles, and says so when the compiler is not there.
    error('no-dev-packages', { path: '^(src|migrations)/', pathNot: '^src/start\\.mjs$' }, { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: fileURLToPath(new URL('test/tsconfig.json', import.meta.url)) },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
