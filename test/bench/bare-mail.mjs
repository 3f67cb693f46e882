// What we are measured against: a nodemailer pool that sends the same mail to as many people, each composed by it.
import { createTransport } from 'nodemailer';

const { BARE_SMTP_PORT, BARE_CONNECTIONS, BARE_DKIM_KEY } = process.env;
const connections = Number(BARE_CONNECTIONS);
const transport = createTransport({ host: '127.0.0.1', port: Number(BARE_SMTP_PORT), pool: true, maxConnections: connections, maxMessages: Infinity, ignoreTLS: true,
  ...(BARE_DKIM_KEY && { dkim: { domainName: 'bar.example', keySelector: 'postern1', privateKey: BARE_DKIM_KEY } }),
});

process.on('message', ({ people, subject, html, text }) => {
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < people; n = next++) {
      const link = `https://postern.example/public/u/${String(n).padStart(32, '0')}`;
      await transport.sendMail({
        from: { name: 'Bar Sport', address: 'ciao@bar.example' }, to: `person${n}@example.com`, envelope: { from: `bounce+${n}@bar.example`, to: `person${n}@example.com` }, subject,
        html: html.replaceAll('{{unsubscribe}}', link), text: text.replaceAll('{{unsubscribe}}', link), messageId: `<${n}@bar.example>`,
        headers: { 'List-Unsubscribe': `<${link}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
      });
    }
  };
  // Twice as many as connections: the next is there when one is through.
  void Promise.all(Array.from({ length: 2 * connections }, lane));
});
process.once('disconnect', () => process.exit(0)); // the bench is gone
process.send('ready');
