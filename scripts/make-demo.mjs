// Writes the recorded crisis of the demo: resources/demo/{organisation.json,crisis.ndjson,ordinary-days.ndjson}.
// Everything in it is invented. The same seed gives the same bytes (a test compares them), so a change to the demo is
// a change to this script:   node scripts/make-demo.mjs [DIR]
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crisisTexts, ordinaryTexts, strangeTexts, viralText } from './demo-texts.mjs';

const SEED = 20260417;
const MINUTE = 60_000;
const CRISIS_MS = 40 * MINUTE;
const OUTBREAK_AT = 30_000;
const GAP = { from: 14 * MINUTE, to: 14 * MINUTE + 70_000 };
const ORDINARY_DAYS = 10;

const organisation = {
  organisation: { name: 'Tamarrow Kitchens', sector: 'kitchen appliances', isFictional: true },
  watchQuery: {
    id: 'tamarrow-kitchens',
    name: 'Tamarrow Kitchens',
    terms: ['tamarrow', 'tamarrow kitchens', 'steamwell', '#tamarrow', '@tamarrowkitchens'],
  },
  people: [
    { id: 'ines-okafor', name: 'Inês Okafor', roles: ['administrator', 'incident-commander'] },
    { id: 'maren-solheim', name: 'Maren Solheim', roles: ['comms-lead'] },
    { id: 'tomasz-adeyemi', name: 'Tomasz Adeyemi', roles: ['writer'], deputyOf: { operatorId: 'maren-solheim' } },
    { id: 'leila-haddad', name: 'Leila Haddad', roles: ['legal'] },
    { id: 'jun-castellanos', name: 'Jun Castellanos', roles: ['executive'], deputyOf: { operatorId: 'leila-haddad' } },
    { id: 'anneli-moreau', name: 'Anneli Moreau', roles: ['spokesperson'] },
    {
      id: 'rafael-nakamura',
      name: 'Rafael Nakamura',
      roles: ['social-lead'],
      deputyOf: { operatorId: 'anneli-moreau' },
    },
    { id: 'priya-lindqvist', name: 'Priya Lindqvist', roles: ['analyst', 'loggist'] },
    { id: 'oskar-ferreira', name: 'Oskar Ferreira', roles: ['observer'] },
  ],
};

/** Mulberry32: 32 bits of state are plenty for a demo, and it is the same on every engine. */
function createRandom(seed) {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const upTo = (limit) => Math.floor(next() * limit);
  /** Poisson by Knuth's product; means here stay below 30. */
  const poisson = (mean) => {
    const floor = Math.exp(-mean);
    let count = 0;
    for (let product = next(); product > floor; product *= next()) count += 1;
    return count;
  };
  return { next, upTo, poisson, pick: (list) => list[upTo(list.length)] };
}

const syllables =
  'ba be bo da di do fa fi ga ha jo ka ki ko la le li lo ma mi mo na ni no pa pe ra ri ro sa se ta ti to va vi wa ya zo'.split(
    ' ',
  );

function createAuthors(random, count) {
  return Array.from({ length: count }, (_, index) => {
    const name = Array.from({ length: 2 + random.upTo(2) }, () => random.pick(syllables)).join('');
    return `@${name}${random.next() < 0.5 ? '' : '_'}${index}`;
  });
}

const filled = (text, random) =>
  text
    .replaceAll(/\{([^}]*)\}/g, (_, choices) => random.pick(choices.split('|')))
    .replaceAll(/\s+/g, ' ')
    .trim();

/** Mentions a minute at this moment of the recording: calm, a steep rise, a peak with the viral post, a long tail. */
function crisisRate(offsetMs) {
  if (offsetMs < OUTBREAK_AT) return 0.4;
  const minutes = (offsetMs - OUTBREAK_AT) / MINUTE;
  const rise = 20 + 100 * (1 - Math.exp(-minutes / 4));
  const viral = minutes > 5 ? 55 * Math.exp(-(((minutes - 10) / 4) ** 2)) : 0;
  const tail = minutes > 16 ? Math.exp(-(minutes - 16) / 18) : 1;
  return (rise + viral) * tail * 0.86;
}

function makeCrisis(random) {
  const authors = createAuthors(random, 1600);
  const records = [];
  const posts = [];
  let number = 0;
  const add = (offsetMs, record) => {
    number += 1;
    const full = { offsetMs: Math.round(offsetMs), id: `c${String(number).padStart(4, '0')}`, ...record };
    records.push(full);
    return full;
  };
  const phaseAt = (offsetMs) => {
    const minutes = offsetMs / MINUTE;
    return minutes < 0.5 ? 'calm' : minutes < 5 ? 'outbreak' : minutes < 16 ? 'anger' : 'aftermath';
  };
  for (let second = 0; second < CRISIS_MS / 1000; second += 1) {
    const wavering = 0.7 + 0.6 * random.next();
    const arrivals = random.poisson((crisisRate(second * 1000) / 60) * wavering);
    for (let arrival = 0; arrival < arrivals; arrival += 1) {
      const offsetMs = second * 1000 + random.upTo(1000);
      const phase = phaseAt(offsetMs);
      const author = random.pick(authors);
      const copied = posts.length > 5 && phase !== 'calm' ? random.next() : 1;
      if (copied < 0.2) {
        // The most told stories are told again: early posts more often than late ones.
        const original = posts[Math.floor(posts.length * random.next() ** 2)];
        add(offsetMs, { author, text: `RT ${original.author}: ${original.text}`, repostOf: original.id });
      } else if (copied < 0.25) {
        add(offsetMs, { author, text: random.pick(posts).text });
      } else {
        const text = filled(random.pick(random.pick(crisisTexts[phase])), random);
        const post = add(offsetMs, {
          author,
          text,
          engagement: Math.floor(40 * random.next() ** 6),
          ...(random.next() < 0.6 ? { reach: Math.floor(20 + 40_000 * random.next() ** 8) } : {}),
        });
        if (phase !== 'calm') posts.push(post);
      }
    }
  }
  addViralPost(add, random);
  for (const [index, text] of strangeTexts.entries()) {
    add(3 * MINUTE + index * 97_000, { author: random.pick(authors), text });
  }
  return records
    .filter((record) => record.offsetMs < GAP.from || record.offsetMs >= GAP.to)
    .sort((a, b) => a.offsetMs - b.offsetMs || (a.id < b.id ? -1 : 1));
}

/** The video: seen at 0:34 with nobody watching, then again and again with the same id and more engagement. */
function addViralPost(add, random) {
  const first = {
    id: 'viral-lid',
    author: '@lena_cooks_late',
    text: viralText,
    url: 'https://video.example/lid',
    reach: 2140,
  };
  for (let seen = 0; seen <= 60; seen += 1) {
    const offsetMs = 34_000 + seen * 38_000;
    const minutes = offsetMs / MINUTE;
    const engagement = Math.round(64_000 / (1 + Math.exp(-(minutes - 13) / 2.4)) - 280 + seen * 9 + random.upTo(8));
    add(offsetMs, { ...first, engagement: Math.max(seen * 6, engagement) });
  }
}

/** About 0.2 mentions a minute: three times as many in the evening as at night, in clumps, as real ones come. */
function makeOrdinaryDays(random) {
  const authors = createAuthors(random, 700);
  const records = [];
  let clump = 1;
  for (let minute = ORDINARY_DAYS * 24 * 60; minute > 0; minute -= 1) {
    if (minute % 30 === 0) clump = 0.55 + 0.9 * random.next();
    // The recording begins at 14:00 of its own day.
    const hour = ((14 * 60 - minute) / 60 + 24 * (ORDINARY_DAYS + 1)) % 24;
    const daily = 0.2 * (1 + 0.65 * Math.sin(((hour - 10) / 24) * 2 * Math.PI));
    const arrivals = random.poisson(daily * clump);
    for (let arrival = 0; arrival < arrivals; arrival += 1) {
      const engagement = Math.floor(9 * random.next() ** 5);
      records.push({
        offsetMs: -minute * MINUTE + random.upTo(MINUTE),
        author: random.pick(authors),
        text: filled(random.pick(ordinaryTexts), random),
        ...(engagement > 0 ? { engagement } : {}),
      });
    }
  }
  records.sort((a, b) => a.offsetMs - b.offsetMs);
  return records.map(({ offsetMs, ...record }, index) => ({ offsetMs, id: `o${index + 1}`, ...record }));
}

/** Where somebody writes: always the same place, most of them on the first. */
const channelOf = (author) => {
  const sum = [...author].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 997, 7);
  return ['x', 'x', 'x', 'bluesky', 'bluesky', 'mastodon', 'instagram', 'x', 'bluesky', 'news'][sum % 10];
};
const ndjson = (records) =>
  records.map((record) => `${JSON.stringify({ channel: channelOf(record.author), ...record })}\n`).join('');

const folder = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..', 'resources', 'demo');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'organisation.json'), `${JSON.stringify(organisation, null, 2)}\n`);
writeFileSync(join(folder, 'crisis.ndjson'), ndjson(makeCrisis(createRandom(SEED))));
writeFileSync(join(folder, 'ordinary-days.ndjson'), ndjson(makeOrdinaryDays(createRandom(SEED + 1))));
