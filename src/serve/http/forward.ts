/** Which headers a proxy passes on (RFC 9110, 7.6.1): all but those that speak of one connection. */
import { type Field, type RequestHead, type ResponseHead, valuesOf, wordsOf } from "./head.ts";

const HOP_BY_HOP: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
];

/** Fields without those of the connection, be they known or named by `Connection`; the framing must survive. */
function endToEnd(fields: readonly Field[]): readonly Field[] {
  const named = wordsOf(fields, "connection").filter((word) => !["content-length", "host"].includes(word));
  return fields.filter(({ name }) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.includes(lower) && !named.includes(lower);
  });
}

/** What this server calls itself in `Via`. */
const VIA = "flagsmith-provision";

/** True for a request that this server, or another one of its kind, has sent on before: the upstream leads back here. */
export function isLooping({ fields }: RequestHead): boolean {
  return wordsOf(fields, "via").some((word) => word.split(" ")[1] === VIA);
}

function chunking(fields: readonly Field[]): readonly Field[] {
  return wordsOf(fields, "transfer-encoding").length === 0
    ? []
    : [{ name: "Transfer-Encoding", value: "chunked" }];
}

/**
 * The header of a request for the next server. `Host` stays what the client called, since addresses are made from it;
 * `client` is added to `X-Forwarded-For`.
 */
export function requestFields({ fields }: RequestHead, client: string): readonly Field[] {
  const trailers = wordsOf(fields, "te").includes("trailers");
  const isForwarded = ({ name }: Field): boolean => name.toLowerCase() === "x-forwarded-for";
  const kept = endToEnd(fields);
  return [
    ...kept.filter((field) => !isForwarded(field) && field.name.toLowerCase() !== "via"),
    {
      name: "X-Forwarded-For",
      value: [...kept.filter(isForwarded).map((f) => f.value), client].join(", "),
    },
    { name: "Via", value: [...valuesOf(kept, "via"), `1.1 ${VIA}`].join(", ") },
    ...chunking(fields),
    ...(trailers ? [{ name: "TE", value: "trailers" }] : []),
    { name: "Connection", value: trailers ? "close, TE" : "close" },
  ];
}

/** The header of an answer for the client, whose connection stays or closes. */
export function responseFields({ fields }: ResponseHead, keepAlive: boolean): readonly Field[] {
  return [
    ...endToEnd(fields),
    ...chunking(fields),
    { name: "Connection", value: keepAlive ? "keep-alive" : "close" },
  ];
}
