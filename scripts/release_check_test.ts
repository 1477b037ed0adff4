import assert from "node:assert/strict";
import { writtenColumns } from "../src/snapshot/state.ts";
import { newIn, referencesIn } from "./release_check/compare.ts";
import { knownReferences, readDeclared } from "./release_check.ts";

/** A migration file with these operations. */
const migration = (operations: string): string =>
  `from django.conf import settings\nfrom django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = []\n    operations = [\n${operations}\n    ]\n`;

const FILES: Readonly<Record<string, string>> = {
  "tags/migrations/0001_initial.py": migration(`
        migrations.CreateModel("Tag", [
            ("id", models.AutoField(primary_key=True)),
            ("label", models.CharField(max_length=100)),
            ("old_color", models.CharField(max_length=10, default="red")),
            ("description", models.CharField(max_length=512, null=True)),
            ("uuid", models.UUIDField(default=uuid.uuid4)),
            ("is_permanent", models.BooleanField(default=False)),
        ]),
        migrations.RenameField("tag", "old_color", "color"),`),
  "tags/migrations/0002_more.py": migration(`
        migrations.AddField("tag", "rank", models.IntegerField(default=3)),
        migrations.AddField(model_name="tag", name="slug", field=models.TextField()),
        migrations.AddField("tag", "seen_at", models.DateTimeField(null=True, auto_now=True)),
        migrations.AddField("tag", "level", models.IntegerField(db_default=models.Value(1))),
        migrations.AlterField("tag", "rank", models.IntegerField(default=4)),
        migrations.RemoveField("tag", "is_permanent"),
        migrations.RunPython(migrations.RunPython.noop),`),
  "billing/apps.py": 'class Config:\n    name = "billing"\n    label = "money"\n',
  "billing/migrations/0001_initial.py": migration(`
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("tag", models.ForeignKey("tags.Tag", null=True, on_delete=models.SET_NULL)),
                ("history_of", models.ForeignKey("tags.Tag", db_constraint=False, null=True, on_delete=models.DO_NOTHING)),
                ("tags", models.ManyToManyField(to="tags.Tag")),
                ("total", models.IntegerField()),
            ],
        ),
        migrations.CreateModel("Unrelated", [("name", models.TextField())]),`),
};

Deno.test("release-check prints exactly what migrations add to and take from the tables that the program writes", async () => {
  const root = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries(FILES)) {
      await Deno.mkdir(`${root}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    const written = new Map([["tags_tag", writtenColumns().get("tags_tag") ?? []]]);
    assert.deepEqual(newIn(await readDeclared(root), { written, references: new Set() }), [
      "new reference money_invoice.tag_id → tags_tag: null (money.0001_initial)",
      "new reference money_invoice_tags.tag_id → tags_tag: not null (money.0001_initial)",
      "new column    tags_tag.rank: IntegerField, not null, default 4 (tags.0002_more)",
      "new column    tags_tag.slug: TextField, not null, no default (tags.0002_more)",
      "new column    tags_tag.seen_at: DateTimeField, null, default auto_now (tags.0002_more)",
      "new column    tags_tag.level: IntegerField, not null, no default, default of the database models.Value(1) (tags.0002_more)",
      "dropped column tags_tag.is_permanent (tags.0002_more)",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("release-check says what is missing when there are no migrations", async () => {
  const root = await Deno.makeTempDir();
  try {
    await assert.rejects(readDeclared(root), { message: `No migrations below "${root}"` });
  } finally {
    await Deno.remove(root);
  }
});

Deno.test("knownReferences() has the foreign keys of the tested releases", async () => {
  const known = await knownReferences();
  assert.equal(known.has("features_feature.project_id"), true);
  assert.equal(known.has("features_feature.name"), false);
  assert.deepEqual(
    referencesIn(
      'ALTER TABLE a ADD CONSTRAINT x FOREIGN KEY ("order") REFERENCES b(id);\nALTER TABLE a ADD CONSTRAINT y UNIQUE (c);',
    ),
    ["a.order"],
  );
});
