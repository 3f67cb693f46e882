// Once per run: one Postgres with a migrated template, one Redis where it is installed. See database.ts for the tests' side.
import './typescript.mjs';

export default async function setUp() {
  const { startTestPostgres } = await import('./postgres.ts');
  const { startTestRedis } = await import('./redis.ts');
  const { administer, makeTemplate } = await import('./template.ts');
  const stops = [];
  globalThis.posternTestStops = stops;

  let url = process.env.TEST_DATABASE_URL;
  if (!url) {
    const postgres = await startTestPostgres();
    stops.push(postgres.stop);
    url = postgres.url;
  }
  const template = `postern_template_${process.pid}_${Date.now()}`;
  await makeTemplate(url, template);
  stops.unshift(() => administer(url, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`));
  process.env.POSTERN_TEST_POSTGRES = url;
  process.env.POSTERN_TEST_TEMPLATE = template;

  const redis = process.env.TEST_REDIS_URL ? { url: process.env.TEST_REDIS_URL } : await startTestRedis();
  if (redis?.stop) stops.push(redis.stop);
  if (redis) process.env.POSTERN_TEST_REDIS = redis.url;
  else if (process.env.CI === 'true') throw new Error('CI=true, and neither redis-server nor valkey-server is installed: what needs Redis would be left out.');
  else process.stderr.write('\n!! LEFT OUT: everything that needs Redis (no redis-server or valkey-server on the PATH).\n\n');
}
