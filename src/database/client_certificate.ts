/** The certificate and key that prove who the client is, looked at before TLS begins: the runtime ends the process over some. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";

/** Texts of the two files, and where they were read. */
export interface ClientFiles {
  readonly cert: string;
  readonly certPath: string;
  readonly key: string;
  readonly keyPath: string;
}

/** Throws FP416 when the files cannot be used: no PEM, X.509 before version 3, an encrypted key, or one of another certificate. */
export async function checkClientFiles({ cert, certPath, key, keyPath }: ClientFiles): Promise<void> {
  const refuse = (what: string, path: string, why: string, hint: string): never => {
    throw new ProvisionError("FP416", EXIT.usage, `The ${what} file "${path}" cannot be used: ${why}`, hint);
  };
  const [, body] = /-----BEGIN CERTIFICATE-----([^]*?)-----END CERTIFICATE-----/.exec(cert) ?? [];
  const der = body === undefined ? undefined : decoded(body);
  const { X509Certificate, createPrivateKey, createPublicKey } = await import("node:crypto");
  const read = <T>(reading: () => T): T | undefined => {
    try {
      return reading();
    } catch {
      return undefined;
    }
  };
  const certificate = der === undefined ? undefined : read(() => new X509Certificate(der));
  if (der === undefined || certificate === undefined) {
    return refuse("certificate", certPath, "it holds no certificate in PEM", "Check sslcert");
  }
  if (!isVersion3(der)) {
    return refuse(
      "certificate",
      certPath,
      "it is of an X.509 version before 3",
      "Issue it anew with an extension, as in openssl x509 -req -extfile <(echo extendedKeyUsage=clientAuth)",
    );
  }
  if (/ENCRYPTED/.test(key)) {
    return refuse("key", keyPath, "it is encrypted", "openssl pkey writes it without a passphrase");
  }
  const [pem] = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----[^]*?-----END \1-----/.exec(key) ?? [];
  const privateKey = pem === undefined ? undefined : read(() => createPrivateKey(pem));
  if (privateKey === undefined) {
    return refuse("key", keyPath, "it holds no private key in PEM", "Check sslkey");
  }
  const ofKey = read(() => createPublicKey(privateKey).export({ type: "spki", format: "der" }));
  const ofCertificate = read(() => certificate.publicKey.export({ type: "spki", format: "der" }));
  if (ofKey !== undefined && ofCertificate !== undefined && !ofKey.equals(ofCertificate)) {
    return refuse("key", keyPath, `it is not the one of "${certPath}"`, "Check sslcert and sslkey");
  }
}

function decoded(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(base64.replaceAll(/\s/g, ""));
  } catch {
    return undefined;
  }
}

/** True when the first field inside of both sequences is `[0]`, which only later versions than the first have, and says 2. */
function isVersion3(der: Uint8Array): boolean {
  const inside = (at: number): number => {
    const length = der[at + 1] ?? 0;
    return at + 2 + (length > 0x80 ? length - 0x80 : 0);
  };
  const field = inside(inside(0));
  return der[field] === 0xa0 && der[field + 2] === 0x02 && der[field + 4] === 2;
}
