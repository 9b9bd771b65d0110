// Owns the filters that are given the name of another filter or of a test: map, select, reject and their relatives.
import { problems } from "../../errors/index.ts";
import { closest } from "../../util/index.ts";
import { asString } from "../values/arguments.ts";
import { iterate } from "../values/iterate.ts";
import { isTrue } from "../values/operators.ts";
import { type Call, Generator, type Value } from "../values/value.ts";
import type { Builtin, Builtins } from "./registry.ts";
import { attributeGetter } from "./sequence-filters.ts";
import { tests } from "./tests.ts";

const noMore = (call: Call): Call => ({ args: call.args.slice(1), named: call.named });

function predicate(name: string, call: Call): (value: Value) => boolean {
  if (call.args.length === 0) {
    if (call.named.size > 0)
      throw problems.templateWrongArguments({
        name: `The filter ${name}`,
        problem: "needs the name of a test before named arguments",
      });
    return isTrue;
  }
  const wanted = asString(call.args[0], `The filter ${name}`);
  const test = tests.get(wanted);
  if (!test) throw problems.templateUnknownTest({ name: wanted, near: closest(wanted, tests.keys()) });
  return (value) => test.run(value, noMore(call));
}

const choosing = (name: string, keep: boolean, byAttribute: boolean): Builtin<Value> => ({
  run: (value, call) => {
    if (byAttribute && call.args.length === 0)
      throw problems.templateWrongArguments({ name: `The filter ${name}`, problem: "needs the name of an attribute" });
    const get = byAttribute ? attributeGetter(call.args[0]) : (item: Value) => item;
    const holds = predicate(name, byAttribute ? noMore(call) : call);
    return new Generator(
      (function* () {
        for (const item of iterate(value, name)) if (holds(get(item)) === keep) yield item;
      })(),
    );
  },
});

const map = (filters: () => Builtins): Builtin<Value> => ({
  run: (value, call) => {
    let turn: (item: Value) => Value;
    if (call.args.length === 0 && call.named.has("attribute")) {
      const others = [...call.named.keys()].filter((key) => key !== "attribute" && key !== "default");
      if (others.length > 0)
        throw problems.templateWrongArguments({
          name: "The filter map",
          problem: `takes no argument called ${others[0]}`,
        });
      turn = attributeGetter(call.named.get("attribute"), call.named.get("default") ?? undefined);
    } else {
      const wanted = asString(call.args[0], "The filter map");
      const filter = filters().get(wanted);
      if (!filter) throw problems.templateUnknownFilter({ name: wanted, near: closest(wanted, filters().keys()) });
      turn = (item) => filter.run(item, noMore(call));
    }
    return new Generator(
      (function* () {
        for (const item of iterate(value, "map")) yield turn(item);
      })(),
    );
  },
});

export const choosingFilters = (filters: () => Builtins): Builtins =>
  new Map([
    ["map", map(filters)],
    ["select", choosing("select", true, false)],
    ["reject", choosing("reject", false, false)],
    ["selectattr", choosing("selectattr", true, true)],
    ["rejectattr", choosing("rejectattr", false, true)],
  ]);
