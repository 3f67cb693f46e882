import { Html } from './html.js';

/** The first line of an XML document; the rest may be written with `html`, whose escapes XML knows too. */
export const xmlHead = new Html('<?xml version="1.0" encoding="UTF-8"?>');

/** XML knows no way to write a control character, nor half a surrogate pair. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ');
}
