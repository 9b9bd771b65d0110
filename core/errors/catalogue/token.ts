// Problems of making and revoking tokens of the API.
import { defineProblem } from "../define-problem.ts";

export const tokenNameTaken = defineProblem<{ name: string }>(
  {
    code: "token/name-taken",
    doc: "A token of this name is there already. The name says in the audit log who did something, so it is one token's alone until that is revoked.",
  },
  ({ name }) => ({
    message: `There is a token named ${name} already.`,
    help: `Take another name, or revoke it first: mesh token revoke ${name}`,
  }),
);

export const tokenNotFound = defineProblem<{ token: string }>(
  { code: "token/not-found", doc: "No live token has this name or id." },
  ({ token }) => ({
    message: `There is no token ${token} that could be revoked.`,
    help: "See what there is: mesh token list",
  }),
);
