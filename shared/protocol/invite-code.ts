import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { err, ok, type Result } from '../base/result.ts';
import { utf8Bytes, utf8Text } from '../base/utf8.ts';
import type { Invite } from './invite-link.ts';

// An invite as symbols that can be read out and typed: everything that is in the link, packed as bytes, written in
// Crockford's base 32 (no I, L, O, U; capitals or not), in groups of eight. The last symbol of a group checks the group and
// its place, so that a mistake is found where it was made. An invite has 200 symbols (a relay on
// loopback) to 400 (a new person, TLS, two addresses): it is for where nothing can be pasted and no picture taken.
//
// The check is a sum over GF(32) with a different power for each place: it finds every single wrong symbol, every two that
// changed places, and (by the group's number) whole groups that did.

/** `group` counts from 1. */
export interface CodeMistake {
  readonly type: 'GroupMistyped';
  readonly group: number;
}

const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Symbols in a group, the check included. */
export const CODE_GROUP = 8;
const MOST_GROUPS = 512;
const VERSION = 1;
const HAS_CERTIFICATE = 1;
const HAS_PERSON = 2;
const HAS_ROLE = 4;

export function encodeInviteCode(invite: Invite): string {
  return groupsOf(toSymbols(pack(invite))).join('-');
}

/**
 * Gives the members of an invite as they were written, still to be parsed. Names the first group that is mistaken; what
 * has fewer than two groups is no code at all. Never throws.
 */
export function decodeInviteCode(typed: string): Result<unknown, CodeMistake | { readonly type: 'NoInvite' }> {
  const groups = codeGroups(typed);
  if (groups.length < 2 || groups.length > MOST_GROUPS) return err({ type: 'NoInvite' });
  const values: number[] = [];
  for (const [index, group] of groups.entries()) {
    const symbols = [...group].map((symbol) => SYMBOLS.indexOf(symbol));
    const check = symbols.pop();
    if (symbols.length === 0 || symbols.includes(-1) || check !== checkOf(symbols, index))
      return err({ type: 'GroupMistyped', group: index + 1 });
    values.push(...symbols);
  }
  const bytes = fromSymbols(values);
  const invite = bytes && unpack(bytes);
  return invite ? ok(invite) : err({ type: 'NoInvite' });
}

/** The groups of a code, as far as it was typed, of `CODE_GROUP` symbols each; the last may have fewer. */
export function codeGroups(typed: string): readonly string[] {
  return plainCode(typed).match(/.{1,8}/gsu) ?? [];
}

/** Without the spaces and dashes between groups, and with what is easily misread as it was meant. */
export function plainCode(typed: string): string {
  return typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}

function groupsOf(values: readonly number[]): readonly string[] {
  const groups: string[] = [];
  for (let from = 0; from < values.length; from += CODE_GROUP - 1) {
    const data = values.slice(from, from + CODE_GROUP - 1);
    groups.push([...data, checkOf(data, groups.length)].map((value) => SYMBOLS[value]).join(''));
  }
  return groups;
}

function checkOf(data: readonly number[], index: number): number {
  let power = 1;
  let sum = (index * 7 + 1) % 32;
  for (const value of data) {
    power = times(power, 2);
    sum ^= times(power, value);
  }
  return sum;
}

/** Product in GF(32), modulo x^5 + x^2 + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 5; bit += 1) if ((b >> bit) & 1) product ^= a << bit;
  for (let bit = 9; bit >= 5; bit -= 1) if ((product >> bit) & 1) product ^= 0b100101 << (bit - 5);
  return product;
}

function toSymbols(bytes: Uint8Array): readonly number[] {
  const values: number[] = [];
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) values.push((held >> (bits -= 5)) & 31);
    held &= (1 << bits) - 1;
  }
  if (bits > 0) values.push((held << (5 - bits)) & 31);
  return values;
}

/** Null when bits are left over that are not just padding. */
function fromSymbols(values: readonly number[]): Uint8Array | null {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const value of values) {
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) bytes.push((held >> (bits -= 8)) & 255);
    held &= (1 << bits) - 1;
  }
  return bits < 5 && held === 0 ? Uint8Array.from(bytes) : null;
}

function pack(invite: Invite): Uint8Array {
  const { certificate, person } = invite;
  const role = person?.role ?? null;
  const flags = (certificate ? HAS_CERTIFICATE : 0) | (person ? HAS_PERSON : 0) | (role ? HAS_ROLE : 0);
  return concatBytes(
    Uint8Array.of(VERSION, flags),
    hexToBytes(invite.workspace + (certificate ?? '') + invite.inviteId + invite.secret + invite.mac),
    packNumber(Math.min(invite.expiresAt, 2 ** 48 - 1), 6),
    Uint8Array.of(invite.hosts.length),
    ...invite.hosts.map(packText),
    packText(invite.name),
    ...(person ? [packText(person.operatorId)] : []),
    ...(role ? [packText(role)] : []),
  );
}

/** Big-endian. */
function packNumber(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** (length - 1 - index)) % 256);
}

function packText(text: string): Uint8Array {
  const bytes = utf8Bytes(text);
  return concatBytes(packNumber(bytes.length, 2), bytes);
}

/** Null for bytes that no invite packs to. */
function unpack(bytes: Uint8Array): unknown {
  let at = 0;
  function take(length: number): Uint8Array {
    if (at + length > bytes.length) throw new RangeError('the code is too short');
    at += length;
    return bytes.subarray(at - length, at);
  }
  const number = (length: number): number => take(length).reduce((sum, byte) => sum * 256 + byte, 0);
  const hex = (length: number): string => bytesToHex(take(length));
  const text = (): string | null => utf8Text(take(number(2)));
  try {
    const [version, flags] = [number(1), number(1)];
    if (version !== VERSION) return null;
    const workspace = hex(32);
    const certificate = flags & HAS_CERTIFICATE ? hex(32) : null;
    const inviteId = hex(8);
    const secret = hex(16);
    const mac = hex(16);
    const expiresAt = number(6);
    const hosts = Array.from({ length: number(1) }, text);
    const name = text();
    const person = flags & HAS_PERSON ? { operatorId: text(), role: flags & HAS_ROLE ? text() : null } : null;
    const invite = { v: 1, workspace, hosts, certificate, inviteId, secret, name, person, expiresAt, mac };
    return at === bytes.length ? invite : null;
  } catch {
    return null;
  }
}
