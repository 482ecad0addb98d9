import type { Properties, Value } from "../shared/values.ts";
import { inSetOrder } from "./plan.ts";
import { blocksOf, textOf } from "./properties.ts";

/** Labels as the engine wants them. */
export function labelMap(properties: Properties): Record<string, string> {
  return Object.fromEntries(
    blocksOf(properties, "labels").map((label) => [textOf(label, "label"), textOf(label, "value")]),
  );
}

/** Labels as the state has them. */
export function labelBlocks(labels: Readonly<Record<string, string>> | undefined): Value {
  return inSetOrder(Object.entries(labels ?? {}).map(([label, value]) => ({ label, value })));
}
