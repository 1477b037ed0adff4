import assert from "node:assert/strict";
import { VariableNames } from "./variables.ts";

Deno.test("VariableNames gives legal names made of the words of a path, each one once", () => {
  const names = new VariableNames();
  const given = [
    ["Web App", "Production", "backend", "key"],
    ["web-app", "production!", "Back End", "key"],
    ["web app", "production", "backend", "key"],
    ["ada.lovelace@example.com", "password"],
    ["2nd", "k", "key"],
    ["Déjà", "vu", "key"],
    ["日本", "", "key"],
    ["日本", "日", "key"],
    ["Django", "Secret", "key"],
  ].map((path) => names.of(path));
  assert.deepEqual(given, [
    "WEB_APP_PRODUCTION_BACKEND_KEY",
    "WEB_APP_PRODUCTION_BACK_END_KEY",
    "WEB_APP_PRODUCTION_BACKEND_KEY_2",
    "ADA_LOVELACE_EXAMPLE_COM_PASSWORD",
    "SECRET_2ND_K_KEY",
    "DEJA_VU_KEY",
    "KEY",
    "KEY_2",
    "DJANGO_SECRET_KEY_2",
  ]);
  assert.deepEqual(names.given, given);
});
