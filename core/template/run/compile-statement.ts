// Owns turning a template's statements into functions that write to an output.
import { problems } from "../../errors/index.ts";
import { syntaxFault, unsupportedFault } from "../syntax/syntax-fault.ts";
import type { Expression, ForNode, MacroNode, Statement, Target } from "../syntax/tree.ts";
import { iterate } from "../values/iterate.ts";
import { isTrue } from "../values/operators.ts";
import { toText } from "../values/print.ts";
import { typeName } from "../values/type-name.ts";
import { Namespace, type Value } from "../values/value.ts";
import { callValue, compileArguments, compileExpression, type Evaluate } from "./compile-expression.ts";
import { Loop } from "./loop.ts";
import { type CompiledMacro, macroValue } from "./macro.ts";
import { Output, type Run, Scope } from "./run.ts";

/** How a body ended. */
export type Ending = "end" | "break" | "continue";
export type Execute = (run: Run, scope: Scope, out: Output) => Ending;

interface Surroundings {
  readonly inLoop: boolean;
}

export function compileBody(statements: readonly Statement[], around: Surroundings = { inLoop: false }): Execute {
  const steps = statements.map((statement) => compileStatement(statement, around));
  const [first, second] = steps;
  if (first === undefined) return () => "end";
  if (second === undefined) return first;
  return (run, scope, out) => {
    for (const step of steps) {
      const ending = step(run, scope, out);
      if (ending !== "end") return ending;
    }
    return "end";
  };
}

const expressionOf = (expression: Expression): Evaluate =>
  compileExpression(expression, (captured) => captureOf(captured.body));

/** Runs a body in a scope of its own and gives its text. */
function captureOf(body: readonly Statement[]): Evaluate {
  const execute = compileBody(body);
  return (run, scope) => {
    const out = new Output();
    execute(run, new Scope(scope), out);
    return out.text;
  };
}

function compileStatement(statement: Statement, around: Surroundings): Execute {
  const { at } = statement;
  switch (statement.kind) {
    case "text": {
      const { text } = statement;
      return (run, _scope, out) => {
        out.literal(text, at, run.unit);
        return "end";
      };
    }
    case "print": {
      const value = expressionOf(statement.value);
      return (run, scope, out) => {
        // An error in printing is placed where the value came from, not at its tag.
        out.computed(toText(value(run, scope)), at, run.unit);
        return "end";
      };
    }
    case "do": {
      const value = expressionOf(statement.value);
      return (run, scope) => {
        value(run, scope);
        return "end";
      };
    }
    case "if":
      return compileIf(statement, around);
    case "for":
      return compileFor(statement);
    case "break":
    case "continue": {
      const { kind } = statement;
      if (!around.inLoop) throw syntaxFault(`{% ${kind} %} stands outside of a loop`, at);
      return () => kind;
    }
    case "set":
    case "set-block": {
      const value = expressionOf(statement.value);
      const assign = compileTarget(statement.target);
      return (run, scope) => {
        assign(run, scope, value(run, scope));
        return "end";
      };
    }
    case "with": {
      const assignments = statement.assignments.map(
        ([target, value]) => [compileTarget(target), expressionOf(value)] as const,
      );
      const body = compileBody(statement.body, around);
      return (run, scope, out) => {
        const inner = new Scope(scope);
        for (const [assign, value] of assignments) assign(run, inner, value(run, scope));
        return body(run, inner, out);
      };
    }
    case "macro": {
      const macro = compileMacro(statement);
      return (run, scope) => {
        scope.values.set(statement.name, macroValue(run, macro, run.unit, scope, { kind: "local" }));
        return "end";
      };
    }
    case "call-block": {
      const callee = expressionOf(statement.call.callee);
      const bind = compileArguments(statement.call.args, expressionOf);
      const caller = compileMacro(statement.caller);
      return (run, scope, out) => {
        const target = callee(run, scope);
        const call = bind(run, scope);
        const named = new Map(call.named).set("caller", macroValue(run, caller, run.unit, scope, { kind: "caller" }));
        run.at = at;
        out.computed(toText(callValue(target, { args: call.args, named })), at, run.unit);
        return "end";
      };
    }
  }
}

export function compileMacro(node: MacroNode): CompiledMacro {
  return {
    name: node.name,
    parameters: node.parameters.map(({ name, fallback }) => ({ name, fallback: fallback && expressionOf(fallback) })),
    names: node.names,
    body: compileBody(node.body),
  };
}

function compileIf(statement: Extract<Statement, { kind: "if" }>, around: Surroundings): Execute {
  const branches = statement.branches.map(({ test, body }) => ({
    at: test.at,
    test: expressionOf(test),
    body: compileBody(body, around),
  }));
  const otherwise = statement.otherwise && compileBody(statement.otherwise, around);
  return (run, scope, out) => {
    for (const { at, test, body } of branches) {
      const value = test(run, scope);
      run.at = at;
      if (isTrue(value)) return body(run, scope, out);
    }
    return otherwise ? otherwise(run, scope, out) : "end";
  };
}

type Assign = (run: Run, scope: Scope, value: Value) => void;

function compileTarget(target: Target): Assign {
  const { at } = target;
  switch (target.kind) {
    case "name":
      return (_run, scope, value) => scope.values.set(target.name, value);
    case "namespace":
      return (run, scope, value) => {
        run.at = at;
        const namespace = run.lookup(scope, target.name);
        if (!(namespace instanceof Namespace)) {
          throw problems.templateWrongType({
            problem: `Only attributes of a namespace can be set, and "${target.name}" is a ${typeName(namespace)}`,
            help: "Make it with `{% set x = namespace(…) %}`; for a dict use `{% do x.update({…}) %}`.",
          });
        }
        namespace.attributes.set(target.attribute, value);
      };
    case "tuple": {
      const targets = target.targets.map(compileTarget);
      return (run, scope, value) => {
        run.at = at;
        const items = [...iterate(value, "unpacking")];
        if (items.length !== targets.length) {
          throw problems.templateWrongType({
            problem: `${items.length} values cannot be unpacked into ${targets.length} names`,
          });
        }
        targets.forEach((assign, i) => {
          assign(run, scope, items[i] as Value);
        });
      };
    }
  }
}

function compileFor(node: ForNode): Execute {
  if (node.test && findName(node.test, "loop")) {
    throw unsupportedFault("`loop` in the condition of a for", node.at, "Put an `{% if %}` inside the loop.");
  }
  const iterable = expressionOf(node.iterable);
  const test = node.test && expressionOf(node.test);
  const assign = compileTarget(node.target);
  const body = compileBody(node.body, { inLoop: true });
  const otherwise = node.otherwise && compileBody(node.otherwise);
  return (run, scope, out) => {
    const source = iterable(run, scope);
    run.at = node.at;
    const items = iterate(source);
    const loop = test ? new Loop(filtered(run, scope, items, assign, test), undefined) : new Loop(items, source);
    let item = loop.next();
    if (item === undefined) {
      otherwise?.(run, new Scope(scope), out);
      return "end";
    }
    for (; item !== undefined; item = loop.next()) {
      run.countIteration();
      // A scope for each turn: what a turn sets is gone in the next one and after the loop.
      const inner = new Scope(scope);
      inner.values.set("loop", loop);
      assign(run, inner, item);
      if (body(run, inner, out) === "break") break;
    }
    return "end";
  };
}

function* filtered(run: Run, scope: Scope, items: Iterable<Value>, assign: Assign, test: Evaluate): Generator<Value> {
  for (const item of items) {
    run.countIteration();
    const inner = new Scope(scope);
    assign(run, inner, item);
    if (isTrue(test(run, inner))) yield item;
  }
}

function findName(node: unknown, name: string): boolean {
  if (typeof node !== "object" || node === null) return false;
  if ("kind" in node && node.kind === "name" && "name" in node) return node.name === name;
  return Object.values(node).some((child) => findName(child, name));
}
