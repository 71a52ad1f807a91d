/**
 * Our own list of English words that people judge with, by strength from -3 to 3. Chosen for what is said of
 * organisations in trouble (harm, fault, evasion) and for everyday praise; no published lexicon was copied.
 */
const wordsByStrength: ReadonlyMap<number, string> = new Map([
  [
    -3,
    `awful atrocious appalling abysmal catastrophe criminal deadly dead death deaths despicable devastated devastating
    died disgrace disgraceful disgusting disgusted evil fatal fraud fuck fucking hate hated hates hell horrendous
    horrible horrific horrified kill killed killing kills murder outrage outrageous terrible terrified tragedy tragic
    vile worst`,
  ],
  [
    -2,
    `abuse alone angry anger anxious ashamed bad betrayed bitch bleeding blame boycott broke broken burn burned burns
    burnt cheat cheated coverup cruel crap cried cry crying damn danger dangerous defective depressed depressing
    depression disappointed disappointing disappointment disaster disrespect dumb explode exploded explodes explosion
    fail failed failing failure fake faulty fear fraudulent furious gross guilty harm harmed hurt hurting hurts idiot
    ignorant ignored injured injuries injury insulting irresponsible jerk lawsuit liar liars lie lied lies lonely lost
    lying mad mess miserable misleading misled negligence negligent nightmare pain painful pathetic poor poisoned rage
    recall refuse reckless ridiculous rude sad sadly scam scandal scared scary scream shame shameful shit shocked
    shocking sick sorry steal stole stupid sucked sucks suck suffer suffering terror threat threatened trash ugly
    unacceptable unsafe upset useless victim victims victimised violent waste wasted worse worthless wreck`,
  ],
  [
    -1,
    `afraid annoyed annoying argue avoid awkward bored boring bother complain complaint complaints concern concerned
    concerning confused cracked creepy crisis critical delay delayed difficult dirty doubt emergency error expensive
    forget forgot fired hard headache issue issues lack leak leaking loss meh miss missed missing mistake mistakes
    nervous nope overpriced pity problem problems questionable refund scratched silly slow smell steaming stress
    stressed stressful strange struggle tired trouble ugh unable unanswered unclear unfair unfortunate unfortunately
    unhappy warn warned warning weak weird worried worry wrong wtf`,
  ],
  [
    1,
    `better calm cheap clean clear cool easy fair fine fresh glad haha hope hopeful hopefully hoping interested
    interesting like liked likes lol ok okay please pleased polite prompt quick ready reasonable relief relieved safe
    smart smooth solid sure thank thanks useful welcome well winning worth yay yes`,
  ],
  [
    2,
    `appreciate appreciated beautiful beauty blessed brave bravo celebrate celebrating charming congrats
    congratulations cute delicious delighted enjoy enjoyed enjoying enjoys excited exciting friend friendly friends fun
    funny generous good grateful great handy happily happiness happy hero helped helpful helping honest hug impressed
    impressive inspired joy kind laugh laughing lovely lucky nice peace perfectly pleasure positive pretty proud
    recommend recommended reliable respect responsible smile smiling strong success successful support supporting
    supportive sweet talented trust trusted trustworthy win wins won wow`,
  ],
  [
    3,
    `adore adorable amazing awesome best brilliant delightful excellent fabulous fantastic flawless gorgeous incredible
    love loved loves loving magnificent marvellous outstanding perfect perfection phenomenal spectacular stunning
    superb terrific thrilled wonderful`,
  ],
]);

/** Strength from -3 (harsh) to 3 (warm) by lower-case word. */
export const strengthByWord: ReadonlyMap<string, number> = new Map(
  [...wordsByStrength].flatMap(([strength, words]) => words.split(/\s+/).map((word) => [word, strength] as const)),
);

/** Signs that stand for a word, by what is left after splitting the text at white space and letters. */
export const strengthBySign: readonly (readonly [RegExp, number])[] = [
  [/:-?\)|:-?D|;-?\)|=\)|:'\)|\^_\^|[😀😁😂😃😄😊😍🙂🤗👍👏🎉💚💙🙏]/gu, 2],
  [/<3|[❤💕😘🥰]/gu, 2.5],
  [/:-?\(|:'\(|=\(|:-?\/(?!\/)|D:|[😞😟😠😡😢😭😱👎🤮🤬💔🔥]/gu, -2],
];

/** Turn a judgement round when they stand up to three words before it. */
export const negations: ReadonlySet<string> = new Set(
  `aint arent cannot cant couldnt didnt doesnt dont hadnt hardly hasnt havent isnt lacks neither never no nobody none
  nor not nothing rarely shouldnt wasnt werent without wont wouldnt`.split(/\s+/),
);

/** Scale the judgement that follows. */
export const intensityByWord: ReadonlyMap<string, number> = new Map([
  ...`absolutely completely extremely fucking incredibly insanely totally utterly`
    .split(' ')
    .map((w) => [w, 1.5] as const),
  ...`deeply highly really seriously so super such too truly very`.split(' ').map((w) => [w, 1.3] as const),
  ...`barely bit fairly kinda mildly partly pretty quite rather slightly somewhat sorta`
    .split(' ')
    .map((w) => [w, 0.7] as const),
]);
