import type {
  CheckAnswer,
  CheckFailure,
  CheckRequest,
  DiffAnswer,
  DiffRequest,
  MessageSink,
  ResourceType,
} from "../shared/plugin.ts";
import { resourceName } from "../shared/plugin.ts";
import { equal, hasUnknown, type Properties, secret, UNKNOWN, type Value } from "../shared/values.ts";
import { bcryptHash } from "./bcrypt.ts";
import { generatePassword, type PasswordPolicy } from "./generate.ts";

const ID = "none";
const META = '{"schema_version":"3"}';

const NUMBER_IS_DEPRECATED =
  '[WARNING] property "number" is deprecated: **NOTE**: This is deprecated, use `numeric` instead.';

const DEFAULTS = {
  lower: true,
  minLower: 0,
  minNumeric: 0,
  minSpecial: 0,
  minUpper: 0,
  number: true,
  numeric: true,
  special: true,
  upper: true,
} as const;

const NUMBERS = ["length", "minLower", "minNumeric", "minSpecial", "minUpper"];
const KNOWN = [...Object.keys(DEFAULTS), "length", "keepers", "overrideSpecial"];

/** random.RandomPassword: made once, kept until an input changes, which replaces it. */
export const randomPassword: ResourceType = {
  check,
  diff,
  create: ({ inputs, preview }) => {
    const plan = planned(inputs);
    if (preview)
      return Promise.resolve({ id: "", state: { ...plan, bcryptHash: UNKNOWN, id: UNKNOWN, result: UNKNOWN } });
    const result = generatePassword(policyOf(plan));
    return Promise.resolve({ id: ID, state: complete({ ...plan, result, bcryptHash: bcryptHash(result) }) });
  },
  read: ({ id, inputs, state }) => Promise.resolve({ id, inputs, state: complete(state) }),
  update: ({ news, olds }) => Promise.resolve(complete({ ...olds, ...planned(news) })),
  delete: () => Promise.resolve(),
};

function complete(state: Properties): Properties {
  const { result = "", bcryptHash: hash = "" } = state;
  return { ...state, __meta: META, id: ID, result: secret(result), bcryptHash: secret(hash) };
}

/** The inputs with all defaults; `number` and `numeric` are two names of one setting. */
function planned(inputs: Properties): Properties {
  const given: Record<string, Value> = {};
  for (const [name, value] of Object.entries(inputs)) {
    if (value !== null) given[name] = NUMBERS.includes(name) && value !== UNKNOWN ? Number(value) : value;
  }
  const numeric = given["numeric"] ?? given["number"] ?? true;
  return { ...DEFAULTS, ...given, number: numeric, numeric };
}

function policyOf(plan: Properties): PasswordPolicy {
  const number = (name: string) => Number(plan[name] ?? 0);
  return {
    length: number("length"),
    upper: plan["upper"] === true,
    lower: plan["lower"] === true,
    numeric: plan["numeric"] === true,
    special: plan["special"] === true,
    minUpper: number("minUpper"),
    minLower: number("minLower"),
    minNumeric: number("minNumeric"),
    minSpecial: number("minSpecial"),
    overrideSpecial: typeof plan["overrideSpecial"] === "string" ? plan["overrideSpecial"] : "",
  };
}

function check({ urn, news }: CheckRequest, messages: MessageSink): CheckAnswer {
  for (const name of NUMBERS) {
    const value = news[name];
    if (typeof value === "string" && value !== UNKNOWN && (value.trim() === "" || Number.isNaN(Number(value)))) {
      throw new Error(
        "cannot encode resource inputs to call ValidateResourceConfig: objectEncoder failed on property " +
          `"${name}": Expected a Number, got resource.PropertyValue{V:"${value}"} true`,
      );
    }
  }
  if (news["number"] !== undefined) messages.log("warning", urn, NUMBER_IS_DEPRECATED);
  const unknownNames = Object.keys(news).filter((name) => !KNOWN.includes(name));
  const failures: CheckFailure[] = unknownNames.map((name) => ({
    property: name,
    reason: `the stand-in does not support property ${name}; use the official plugin`,
  }));
  const reason = refusal(planned(news), resourceName(urn));
  if (reason !== undefined) failures.push({ reason });
  return { inputs: news, failures };
}

function refusal(plan: Properties, name: string): string | undefined {
  if (hasUnknown({ ...plan, keepers: null })) return undefined;
  const { length, minUpper, minLower, minNumeric, minSpecial, upper, lower, numeric, special } = policyOf(plan);
  const lengthRule = (rule: string) =>
    `Invalid Attribute Value. Attribute length value must be at least ${rule}, got: ${length}. ` +
    `Examine values at '${name}.length'.`;
  if (length < 1) return lengthRule("1");
  if (length < minUpper + minLower + minNumeric + minSpecial) {
    return lengthRule("sum of min_upper + min_lower + min_numeric + min_special");
  }
  if (upper || lower || numeric || special) return undefined;
  return (
    "Invalid Attribute Combination. At least one attribute out of [special,upper,lower,numeric] must be specified " +
    `as true. Examine values at '${name}.numeric'.`
  );
}

function diff({ olds, news }: DiffRequest): DiffAnswer {
  const plan = planned(news);
  const names = KNOWN.filter(
    (name) => hasUnknown(plan[name] ?? null) || !equal(olds[name] ?? null, plan[name] ?? null),
  ).sort();
  return {
    changed: names.length > 0,
    replaces: names,
    diffs: names,
    stables: [],
    deleteBeforeReplace: false,
    detailedDiff: {},
  };
}
