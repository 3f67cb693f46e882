export const capabilities = ['auth', 'text', 'media', 'publish', 'read'] as const;
export type Capability = (typeof capabilities)[number];

/** The unit of health: platform + capability + host, written `mastodon:publish@mastodon.social` (DESIGN §1). */
export function componentId(platform: string, capability: Capability, host: string): string {
  return `${platform}:${capability}@${host.toLowerCase()}`;
}
