// Owns telling an IBAN: the countries' lengths and the check digits of ISO 13616. Knows nothing of text around it.

/** The IBAN registry's countries and lengths. */
const LENGTHS = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 " +
    "GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 " +
    "MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 " +
    "TN24 TR26 UA29 VA22 VG24 XK20"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

/** How many characters of the text, single spaces counted, are an IBAN that it begins with; 0 when it begins with none. */
export function ibanLength(text: string): number {
  const length = LENGTHS.get(text.slice(0, 2).toUpperCase());
  if (length === undefined) return 0;
  let compact = "";
  let at = 0;
  for (; at < text.length && compact.length < length; at++) if (text[at] !== " ") compact += text[at];
  if (compact.length < length) return 0;
  let rest = 0;
  for (const sign of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1 ? at : 0;
}
