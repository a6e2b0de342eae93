# Turns sql/registry/*.sql and sql/tenant/*.sql into store/migrations_gen.c: each file as a string,
# in the order given.
function lit(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return s }
BEGIN {
	print "/* Generated from sql/registry and sql/tenant by sql/migrations.awk. */"
	print "#include \"store/migrate.h\"\n\nconst struct migration migrations[] = {"
}
FNR == 1 {
	if (open) print "\t  \"\" },"
	n = split(FILENAME, p, "/"); scope = p[n - 1]; file = p[n]
	version = file; sub(/-.*/, "", version)
	title = file; sub(/^[0-9]+-/, "", title); sub(/\.sql$/, "", title)
	printf "\t{ .scope = %s, .version = %d, .title = \"%s\", .sql =\n",
		scope == "registry" ? "MIGRATE_REGISTRY" : "MIGRATE_TENANT", version + 0, lit(title)
	open = 1
}
{ printf "\t  \"%s\\n\"\n", lit($0) }
END { if (open) print "\t  \"\" },"; print "\t{ .scope = MIGRATE_UNSET }\n};" }
