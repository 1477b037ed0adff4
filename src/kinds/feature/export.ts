/** What the record does not say of the export of features: options, owners and tags; and their states below them. */
import { idIn, type Row, textIn } from "../../flagsmith/cell.ts";
import {
  compareText,
  type ExportContext,
  type ExportedRow,
  type KindExport,
  type Told,
} from "../exported.ts";
import { valueTree } from "../stored_value_tree.ts";
import { list, mapping, plain, text, type Tree } from "../value_tree.ts";
import { statesOf } from "./exported_states.ts";
import { LINKS } from "./live.ts";
import { tellMissingStates } from "./missing_states.ts";

const OPTIONS = "multivariate_multivariatefeatureoption";
const OWNER = "feature_id";

/** Features with all their states. */
export const featureExport: KindExport = {
  related: [OPTIONS, ...LINKS.map(({ table }) => table), "features_featuresegment"].map((table) => ({
    table,
    column: OWNER,
  })),
  leadsTo: LINKS.flatMap(({ list, table, column }) =>
    list === "tags" ? [] : [{ kind: list === "owners" ? "user" : "group", table, column, owner: OWNER }]
  ),
  tell({ row, name, parent = {}, where }: ExportedRow, context: ExportContext): Told {
    const options = optionsOf(row, name, where, context);
    const part = { project: parent, environments: context.entities("environment", parent, where) };
    return {
      fields: {
        type: typeOf(row, options?.length ?? 0, name, where, context),
        multivariate_options: options === undefined ? undefined : {
          value: list(options.map((option) => optionTree(option, USUAL_SHARE))),
          full: list(options.map((option) => optionTree(option, undefined))),
          implied: options.length === 0,
        },
        ...linksOf(row, name, where, context),
      },
      children: statesOf(row, name, options, part, where, context),
    };
  },
  reportMissing({ row }, where, context) {
    tellMissingStates(row, context.entities("environment", row, where), where, context);
  },
};

function typeOf(
  row: Row,
  options: number,
  name: string,
  where: string,
  { report }: ExportContext,
): { value: Tree; implied: boolean } | undefined {
  const type = textIn(row, "type");
  const follows = options > 0 ? "MULTIVARIATE" : "STANDARD";
  if (type === follows) return { value: text(type), implied: true };
  if (type === "MULTIVARIATE" || (type === "" && options === 0)) {
    return { value: text(type), implied: false };
  }
  report(
    "FP441",
    `"type" of feature "${name}"${where} is "${type}", which the format cannot express${
      options > 0 ? " of a feature with options" : ""
    }; it becomes ${follows}`,
  );
  return undefined;
}

/** The options of a feature; undefined, after saying so, when the format does not know what one of them is. */
function optionsOf(
  row: Row,
  name: string,
  where: string,
  { below, report }: ExportContext,
): readonly Row[] | undefined {
  const options = below(OPTIONS, OWNER).get(idIn(row, "id")) ?? [];
  const unknown = options.findIndex((option) => valueTree(option) === undefined);
  if (unknown < 0) return options;
  report(
    "FP441",
    `"multivariate_options" of feature "${name}"${where} is left out, and so are the shares of its states: option ${
      unknown + 1
    } has a value of a type that the format does not know`,
  );
  return undefined;
}

/** The share of an option that is given none. */
const USUAL_SHARE = 100;

/** An option; a share that is `implied` is not said. */
function optionTree(row: Row, implied: number | undefined): Tree {
  const share = row["default_percentage_allocation"];
  return mapping([
    ["value", valueTree(row)],
    ["key", typeof row["key"] === "string" ? text(textIn(row, "key")) : undefined],
    ["percentage_allocation", typeof share === "number" && share !== implied ? plain(share) : undefined],
  ]);
}

function linksOf(
  feature: Row,
  name: string,
  where: string,
  context: ExportContext,
): Readonly<Record<string, { value: Tree; implied: boolean }>> {
  return Object.fromEntries(
    LINKS.map(({ list: field, table, column, to: { table: target, name: label } }) => {
      const ids = (context.below(table, OWNER).get(idIn(feature, "id")) ?? []).map((link) =>
        idIn(link, column)
      );
      const targets = context.below(target, "id");
      const named = new Set<string>();
      for (const id of ids) {
        const row = targets.get(id)?.[0];
        if (row === undefined || row["is_system_tag"] === true) {
          context.report(
            "FP443",
            `Feature "${name}"${where} has ${
              row === undefined
                ? `${field} of another organisation, which are`
                : `the system tag "${textIn(row, label)}", which is`
            } left out`,
          );
        } else named.add(textIn(row, label));
      }
      const items = [...named].sort(compareText).map(text);
      return [field, { value: list(items), implied: items.length === 0 }];
    }),
  );
}
