import assert from "node:assert/strict";
import { ProvisionError } from "../diagnostics/error.ts";
import { checkClientFiles } from "./client_certificate.ts";

const read = (name: string) => Deno.readTextFile(new URL(`../../tests/data/tls/${name}`, import.meta.url));

async function whyNot(cert: string, key: string): Promise<string | undefined> {
  const error = await checkClientFiles({ cert, certPath: "cert", key, keyPath: "key" })
    .then(() => undefined, (e: unknown) => e);
  if (error === undefined) return undefined;
  assert.ok(error instanceof ProvisionError && error.code === "FP416", String(error));
  return error.message;
}

Deno.test("checkClientFiles() takes a certificate with its key, whatever stands around them", async () => {
  const [cert, key] = [await read("name.pem"), await read("name.key")];
  assert.equal(await whyNot(cert, key), undefined);
  assert.equal(
    await whyNot(`subject=x\r\n${cert.replaceAll("\n", "\r\n")}`, `Bag Attributes\n${key}`),
    undefined,
  );
  assert.equal(await whyNot(`${cert}${await read("ca.pem")}`, key), undefined);
});

Deno.test("checkClientFiles() refuses what would end the process", async () => {
  const [cert, key] = [await read("name.pem"), await read("name.key")];
  assert.equal(
    await whyNot(await read("version1.pem"), key),
    'The certificate file "cert" cannot be used: it is of an X.509 version before 3',
  );
  assert.equal(
    await whyNot(cert, await read("address.key")),
    'The key file "key" cannot be used: it is not the one of "cert"',
  );
  assert.equal(
    await whyNot(cert, await read("encrypted.key")),
    'The key file "key" cannot be used: it is encrypted',
  );
  for (
    const text of [
      "",
      key,
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      cert.slice(0, 300),
    ]
  ) {
    assert.equal(
      await whyNot(text, key),
      'The certificate file "cert" cannot be used: it holds no certificate in PEM',
    );
  }
  for (const text of ["", cert, key.replace(/\n[^\n]+/, "\n*")]) {
    assert.equal(
      await whyNot(cert, text),
      'The key file "key" cannot be used: it holds no private key in PEM',
    );
  }
});
