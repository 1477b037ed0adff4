/** What the server asks of the rows of tables, and what refers to them. */
import { texts } from "./render.ts";
import type { Answer } from "./session.ts";
import { type Fragment, query, sql, type Statement } from "./statement.ts";

/** What the server asks of the rows of a table. */
export interface Constraint {
  readonly name: string;
  /** `CHECK (…)`, `EXCLUDE …`, or what is unique: `btree (project_id, name)`. */
  readonly definition: string;
}

/** What a table has beside its columns and its primary key. */
export interface TableRules {
  readonly constraints: readonly Constraint[];
  /** Columns of other tables that refer to it by a foreign key. */
  readonly referrers: readonly { readonly table: string; readonly column: string }[];
}

/**
 * What a unique index asks, as `pg_get_indexdef` prints it. That function waits for a migration which holds the table, and so
 * would runs that have nothing to do with it; the usual index, of columns alone, is told without it.
 */
const UNIQUE_DEFINITION: Fragment =
  sql`CASE WHEN i.indexprs IS NULL AND i.indpred IS NULL AND i.indnatts = i.indnkeyatts
    AND l.usual AND 0 = ALL (i.indoption::int2[]) AND to_jsonb(i.*) ->> 'indnullsnotdistinct' IS DISTINCT FROM 'true'
    AND NOT i.indclass::oid[] && ARRAY(SELECT o.oid FROM pg_opclass o WHERE NOT o.opcdefault)
  THEN m.amname || ' (' || l.columns || ')' ELSE substring(pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$') END`;

/** Reads the rules of some tables of a schema; `readRules` takes its answer. */
export function rulesStatement(schema: string, tables: readonly string[]): Statement {
  return query`WITH t AS (SELECT oid, relname::text AS "table" FROM pg_class WHERE relkind IN ('r', 'p') AND relname = ANY(${
    texts(tables)
  }) AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${schema}))
SELECT t."table", 'constraint' AS is, k.conname::text AS name, regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '') AS detail
FROM t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('c', 'x')
UNION ALL SELECT t."table", 'constraint', u.relname::text, ${UNIQUE_DEFINITION}
FROM t JOIN pg_index i ON i.indrelid = t.oid AND i.indisunique AND NOT i.indisprimary AND NOT i.indisexclusion
JOIN pg_class u ON u.oid = i.indexrelid JOIN pg_am m ON m.oid = u.relam
CROSS JOIN LATERAL (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place) AS columns, bool_and(k.coll = a.attcollation) AS usual
  FROM unnest(i.indkey::int2[], i.indcollation::oid[]) WITH ORDINALITY AS k (attnum, coll, place)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) l
UNION ALL SELECT t."table", 'referrer', r.relname::text,
  (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1])
FROM t JOIN pg_constraint k ON k.confrelid = t.oid AND k.contype = 'f' JOIN pg_class r ON r.oid = k.conrelid
ORDER BY 1, 2, 3, 4`;
}

/** The answer to `rulesStatement`, by table; one without rules is not in it. */
export function readRules(rows: readonly Answer[]): ReadonlyMap<string, TableRules> {
  return new Map(
    [...Map.groupBy(rows, (row) => String(row["table"]))].map(([table, all]) => {
      const pairs = (is: string): readonly (readonly [string, string])[] =>
        all.filter((row) => row["is"] === is).map((row) => [String(row["name"]), String(row["detail"])]);
      return [table, {
        constraints: pairs("constraint").map(([name, definition]) => ({ name, definition })),
        referrers: pairs("referrer").map(([referrer, column]) => ({ table: referrer, column })),
      }];
    }),
  );
}
