// Verifies webhooks with the implementation of standardwebhooks.com. Reads lines of JSON
// {secret, headers, body} and answers each with {ok} or {error}.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { Webhook } = createRequire(process.argv[2] + "/")("standardwebhooks");

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: new Webhook(secret).verify(body, headers) };
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
