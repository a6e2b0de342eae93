# Prints mappings (files of JSON) as texts for import_preset.c, each named by its file.
function close_text() {
	if (name != "")
		print "\t;"
}
FNR == 1 {
	close_text()
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.json$/, "", name)
	gsub(/\./, "_", name)
	printf "static const char map_%s[] =\n", name
}
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	printf "\t\"%s\\n\"\n", $0
}
END {
	close_text()
}
