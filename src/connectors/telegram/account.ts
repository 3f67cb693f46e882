import { z } from 'zod';

export const Account = z.object({
  botToken: z.string().trim().regex(/^\d{3,16}:[A-Za-z0-9_-]{30,64}$/, 'a token like 123456789:AAE… from @BotFather').meta({
    title: 'Bot token',
    description: 'From @BotFather: /newbot, or /token for a bot you have.',
    it: { title: 'Token del bot', description: 'Da @BotFather: /newbot, o /token per un bot che hai già.' },
    secret: true,
  }),
  chat: z.string().trim().regex(/^(@[A-Za-z][A-Za-z0-9_]{3,31}|-?\d{1,16})$/, '@name of a public channel, or the number of a private one').meta({
    title: 'Channel',
    description: 'Public: @its_name. Private: its number, like -1001234567890. The bot must be an administrator there who may post messages.',
    it: { title: 'Canale', description: 'Pubblico: @il_suo_nome. Privato: il suo numero, come -1001234567890. Il bot deve esserne amministratore con il permesso di pubblicare messaggi.' },
  }),
});
export type Account = z.output<typeof Account>;
