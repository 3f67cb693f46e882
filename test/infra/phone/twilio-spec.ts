import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { type Check, official } from '../../connectors/official.js';

/** Checks bodies against a JSON pointer into Twilio's OpenAPI document; null where it is absent. */
export function twilioCheck(): Check | null {
  const at = official('twilio/twilio_api_v2010.json');
  if (at === null) return null;
  const ajv = new Ajv({ strict: false, coerceTypes: true, formats: { 'phone-number': /^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11})$/, endpoint: /^\+[1-9]\d{6,14}$/, twiml: /^<Response>.*<\/Response>$/s, 'date-time-rfc-2822': true, currency: true, 'uri-map': true, 'http-method': true } });
  formats.default(ajv, ['uri', 'date-time']);
  ajv.addSchema(JSON.parse(readFileSync(at, 'utf8')) as object, 'twilio');
  return (pointer, body) => {
    if (!ajv.validate({ $ref: `twilio#${pointer}` }, body)) throw new Error(`not as ${pointer} has it: ${ajv.errorsText()} in ${JSON.stringify(body).slice(0, 500)}`);
  };
}

const create = (what: 'Messages' | 'Calls'): string => `/paths/~12010-04-01~1Accounts~1{AccountSid}~1${what}.json`;
export const pointers = {
  asked: (what: 'Messages' | 'Calls'): string => `${create(what)}/post/requestBody/content/application~1x-www-form-urlencoded/schema`,
  message: '/components/schemas/api.v2010.account.message',
  call: '/components/schemas/api.v2010.account.call',
  list: `${create('Messages')}/get/responses/200/content/application~1json/schema`,
};
