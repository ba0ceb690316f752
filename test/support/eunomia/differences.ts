/** The intended differences between ecli and exitsnoop: packages, and the output of exitsnoop. */
import type { Meta } from "./tools.ts";

export interface Difference {
  program: string;
  /** Predicates: ecli "refuses the package", exitsnoop "runs it". */
  ecli: string;
  exitsnoop: string;
  calls: number;
  /** For a map that is sampled repeatedly: the lines of one sample in plain form. */
  last?: number;
  /** The output of exitsnoop if it differs from ecli's. Times of day are zeros. */
  plain?: string[];
  json?: string[];
  options?: string[];
  clang?: string;
  edit?: (meta: Meta) => void;
}

/** Debian 12's default clang is older than the BTF of enums of 64 bits. */
const newerClang = Bun.which("clang-16") ?? "clang";

export const differences: Difference[] = [
  {
    program: "wide-enumerations",
    ecli: "refuses a package with an enum of 64 bits",
    exitsnoop: "prints its names",
    calls: 4,
    clang: newerClang,
    plain: [
      "TIME     NUMBER WIDE   DEEP   ",
      "00:00:00  0     NEAR(1) TOP(1)",
      "00:00:00  1     FAR(81985529216486895) BOTTOM(-81985529216486895)",
      "00:00:00  2     MAX_WIDE(18446744073709551615) <UNKNOWN_VARIANT>(-2)",
      "00:00:00  3     <UNKNOWN_VARIANT>(2) <UNKNOWN_VARIANT>(-2)",
    ],
    json: [
      '{"deep":"TOP(1)","number":0,"wide":"NEAR(1)"}',
      '{"deep":"BOTTOM(-81985529216486895)","number":1,"wide":"FAR(81985529216486895)"}',
      '{"deep":"<UNKNOWN_VARIANT>(-2)","number":2,"wide":"MAX_WIDE(18446744073709551615)"}',
      '{"deep":"<UNKNOWN_VARIANT>(-2)","number":3,"wide":"<UNKNOWN_VARIANT>(2)"}',
    ],
  },
  {
    program: "unsigned-enumerations",
    ecli: "reads an enum of 8 or 16 bits as signed, and does not find its larger values",
    exitsnoop: "prints the names of all values",
    calls: 2,
    plain: ["TIME     SMALL  MIDDLE ", "00:00:00  TINY(1) HALF(300)", "00:00:00  LESS(200) WHOLE(40000)"],
    json: ['{"middle":"HALF(300)","small":"TINY(1)"}', '{"middle":"WHOLE(40000)","small":"LESS(200)"}'],
  },
  {
    program: "bitfields",
    ecli: "prints nothing from the first bit-field on, without an error",
    exitsnoop: "prints the value of a bit-field",
    calls: 3,
    plain: [
      "TIME     NUMBER ONE    THREE  LOW    CROSSING REST   BIG    NEGATIVE FLAG   AFTER  NESTED ",
      ...[
        "0     0      3      0      -1000    2047   549755813888 -500000 false 200",
        "1     1      4      -1     -1001    2046   549755813889 -500001 true 200",
        "2     0      5      -2     -1002    2045   549755813890 -500002 false 200",
      ].map((row) => `00:00:00  ${row} {"__EUNOMIA_TYPE":"struct","__EUNOMIA_TYPE_NAME":"","inner":31,"other":-64}`),
    ],
    json: [0, 1, 2].map((number) =>
      JSON.stringify({
        after: 200,
        big: 549755813888 + number,
        crossing: -1000 - number,
        flag: number === 1,
        low: 0 - number,
        negative: -500000 - number,
        nested: { __EUNOMIA_TYPE: "struct", __EUNOMIA_TYPE_NAME: "", inner: 31, other: -64 },
        number,
        one: number & 1,
        rest: 2047 - number,
        three: 3 + number,
      }),
    ),
  },
  {
    program: "whole-bitfields",
    ecli: "prints the whole integer that contains a bit-field of whole bytes",
    exitsnoop: "prints the value of the bit-field",
    calls: 2,
    plain: [
      "TIME     FIRST  SECOND THIRD  PLAIN  ",
      "00:00:00  1     2      3      4",
      "00:00:00  2     2      3      4",
    ],
    json: ['{"first":1,"plain":4,"second":2,"third":3}', '{"first":2,"plain":4,"second":2,"third":3}'],
  },
  {
    program: "unterminated-text",
    ecli: "crashes at a char array without a NUL",
    exitsnoop: "prints the whole array",
    calls: 2,
    plain: ["TIME     NAME   NEXT   NUMBER ", "00:00:00  abcd  efg    0", "00:00:00  abcd  efg    1"],
    json: ['{"name":"abcd","next":"efg","number":0}', '{"name":"abcd","next":"efg","number":1}'],
  },
  {
    program: "control-characters",
    ecli: "prints control characters unchanged",
    exitsnoop: "escapes control characters, in JSON also those that JSON permits",
    calls: 1,
    plain: [
      "TIME     NUMBER TITLE  LINES  REST   ",
      "00:00:00  0     $'\\x1b]0;owned\\x07' $'a\\nb\\tc\\x0dd\\x08e\\x0cf' $'\\x01\\x1f\\x7f\\xc2\\x9b'",
    ],
    json: [
      String.raw`{"lines":"a\nb\tc\rd\be\ff","number":0,"rest":"\u0001\u001f\u007f\u009b","title":"\u001b]0;owned\u0007"}`,
    ],
  },
  {
    program: "invalid-utf8",
    ecli: "prints nothing from the first invalid UTF-8 on, without an error",
    exitsnoop: "escapes each invalid byte, and prints U+FFFD in JSON",
    calls: 1,
    plain: [
      "TIME     NUMBER BYTES  CUT    ",
      "00:00:00  0     $'a\\xff\\xfeb\\xc0\\x80c\\xed\\xa0\\x80d' $'e\\xe2\\x82'",
    ],
    json: ['{"bytes":"a\ufffd\ufffdb\ufffd\ufffdc\ufffd\ufffd\ufffdd","cut":"e\ufffd","number":0}'],
  },
  {
    program: "short-records",
    ecli: "crashes or stops at a record that is shorter than its type",
    exitsnoop: "skips short records and counts them",
    calls: 4,
    plain: ["TIME     NUMBER MISSING ", "00:00:00  0     1", "00:00:00  2     1", "00:00:00  3     1"],
    json: ['{"missing":1,"number":0}', '{"missing":1,"number":2}', '{"missing":1,"number":3}'],
  },
  {
    program: "count-keys",
    ecli: "names the members of a sampled map's key by their types, and prints one per type",
    exitsnoop: "prints all members with their names",
    calls: 7,
    last: 3,
    plain: [
      '00:00:00 {"name":"place","third":1} {"calls":5}',
      '00:00:00 {"name":"place","third":0} {"calls":9}',
      '00:00:00 {"name":"place","third":2} {"calls":7}',
    ],
    json: [
      '{"key":{"name":"place","third":1},"value":{"calls":5}}',
      '{"key":{"name":"place","third":0},"value":{"calls":9}}',
      '{"key":{"name":"place","third":2},"value":{"calls":7}}',
    ],
  },
  {
    program: "linear-hist",
    ecli: "prints nothing from a histogram with even steps on, without an error",
    exitsnoop: "prints a histogram with even steps",
    calls: 16,
    last: 26,
    plain: [1, 0].flatMap((key) => [
      `key =  ${key}`,
      "comm = marked",
      "total = 8",
      "",
      "     calls         : count     distribution",
      "        0          : 2        |*                                       |",
      "        1          : 0        |                                        |",
      "        2          : 10       |*****                                   |",
      "        3          : 0        |                                        |",
      "        4          : 34       |******************                      |",
      "        5          : 0        |                                        |",
      "        6          : 74       |****************************************|",
      "",
    ]),
  },
  {
    program: "data-section",
    ecli: "refuses a package with variables in .data",
    exitsnoop: "runs it",
    calls: 2,
    plain: ["TIME     NUMBER COUNTER ", "00:00:00  0     100", "00:00:00  1     101"],
    json: ['{"counter":100,"number":0}', '{"counter":101,"number":1}'],
  },
  {
    program: "usdt",
    ecli: "refuses a package that reads the kernel's configuration, as every USDT probe does",
    exitsnoop: "runs it",
    calls: 2,
    plain: ["TIME     NUMBER BY     ", "00:00:00  0     1", "00:00:00  1     1"],
    json: ['{"by":1,"number":0}', '{"by":1,"number":1}'],
  },
  {
    program: "initial-switch",
    ecli: "sets a bool option without a default to false",
    exitsnoop: "keeps the initial value of the object",
    calls: 1,
    plain: ["TIME     ON     NUMBER ", "00:00:00  true  0"],
    json: ['{"number":0,"on":true}'],
  },
  {
    program: "more-tunables",
    ecli: "writes float and double options with their bytes reversed",
    exitsnoop: "writes them in the byte order of the machine",
    calls: 1,
    options: ["--single=0.5", "--twice=-0.25"],
    plain: [
      "TIME     SINGLE TWICE  ULONG  WORD   LETTER BYTE   HEAT   ",
      "00:00:00  0.5   -0.25  3      4      97     6      5",
    ],
    json: ['{"byte":6,"heat":5,"letter":97,"single":0.5,"twice":-0.25,"ulong":3,"word":4}'],
  },
  {
    program: "more-tunables",
    ecli: "refuses options of the types unsigned long, char, u8, u32 and enum",
    exitsnoop: "accepts them",
    calls: 1,
    options: ["--unsigned_long=18446744073709551615", "--word=4294967295", "--byte=255", "--heat=1"],
    plain: [
      "TIME     SINGLE TWICE  ULONG  WORD   LETTER BYTE   HEAT   ",
      "00:00:00  1.5   2.5    18446744073709551615 4294967295 97 255 1",
    ],
    json: ['{"byte":255,"heat":1,"letter":97,"single":1.5,"twice":2.5,"ulong":18446744073709551615,"word":4294967295}'],
  },
  {
    program: "tunables",
    ecli: "refuses a value of an unsigned option that is above the maximum of the signed type",
    exitsnoop: "accepts it",
    calls: 1,
    options: ["--small-positive=65535", "--positive=4294967295"],
    plain: [
      "TIME     S16    U16    S32    U32    SLONG  S64    U64    PID    TEXT   ZERO   STARTED UNTOUCHED ",
      "00:00:00  -1    65535  -5     4294967295 -7 -1     18446744073709551615 1 none 0 5     77",
    ],
    json: [
      '{"pid":1,"s16":-1,"s32":-5,"s64":-1,"slong":-7,"started":5,"text":"none","u16":65535,"u32":4294967295,' +
        '"u64":18446744073709551615,"untouched":77,"zero":0}',
    ],
  },
];
