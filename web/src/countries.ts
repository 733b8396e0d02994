/** Codes to choose from, and their names in the reader's language. */
import type { Naming } from "./lobby";

/** ISO 3166-1 alpha-2, the officially assigned ones. */
const REGIONS =
  "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
  "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO " +
  "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE " +
  "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO " +
  "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW " +
  "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM " +
  "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/** ISO 639-1, those that many people speak. */
const LANGUAGES =
  "ar bg bn ca cs da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv ml mr ms nb nl pa pl pt ro ru sk " +
  "sl sr sv sw ta te th tl tr uk ur vi zh";

const names = {
  region: new Intl.DisplayNames(["en"], { type: "region" }),
  language: new Intl.DisplayNames(["en"], { type: "language" }),
};

export const naming: Naming = (kind, code) => names[kind].of(code) ?? code;

export interface Choice {
  code: string;
  name: string;
}

function choices(kind: "region" | "language", codes: string): readonly Choice[] {
  return codes
    .split(" ")
    .map((code) => ({ code, name: naming(kind, code) }))
    .sort((one, other) => one.name.localeCompare(other.name, "en"));
}

export const regions = choices("region", REGIONS);
export const languages = choices("language", LANGUAGES);
