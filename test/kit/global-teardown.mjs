export default async function tearDown() {
  for (const stop of globalThis.posternTestStops ?? []) await stop();
}
