export const capabilities = ['auth', 'text', 'media', 'publish', 'read'] as const;
export type Capability = (typeof capabilities)[number];

/** The unit of health: platform + capability + host, written `mastodon:publish@mastodon.social` (DESIGN §1). */
export function componentId(platform: string, capability: Capability, host: string): string {
  return `${platform}:${capability}@${host.toLowerCase()}`;
}

/** What falls together: those of one infra group, else those of one host (DESIGN §1). */
export function groupOf({ infraGroup, host }: { readonly infraGroup: string | null; readonly host: string }): string {
  return infraGroup ?? host;
}

/** What a component's id is made of; a host may hold a port. */
export function partsOf(id: string): { readonly platform: string; readonly capability: string; readonly host: string } {
  const at = id.indexOf('@');
  const [platform = '', capability = ''] = id.slice(0, at).split(':');
  return { platform, capability, host: id.slice(at + 1) };
}
