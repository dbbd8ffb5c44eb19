// Validates OpenAPI documents: one path a line on standard input, one verdict a line on standard output.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Validator } from "@seriousme/openapi-schema-validator";

for await (const path of createInterface({ input: process.stdin })) {
  const { valid, errors } = await new Validator().validate(JSON.parse(await readFile(path, "utf8")));
  console.log(valid ? "valid" : JSON.stringify(errors).slice(0, 2000));
}
