# Names the entities and columns of model/entity_table.c for the compiler: reads the table behind
# the preprocessor, writes the enums of model/column_gen.h.
{ text = text " " $0 }

# take(AT): the string literals from AT on, joined.
function take(at,    rest, name) {
	rest = substr(text, at)
	while (match(rest, /^ *"[^"]*"/)) {
		name = name substr(rest, 1, RLENGTH)
		rest = substr(rest, RLENGTH + 1)
	}
	gsub(/[" ]/, "", name)
	return name
}

END {
	print "/* Made by model/column.awk of model/entity_table.c. */"
	print "#ifndef MODEL_COLUMN_GEN_H\n#define MODEL_COLUMN_GEN_H"
	columns = "enum column {\n\tCOLUMN_UNSET"
	entities = "enum entity_id {\n\tE_UNSET"
	while (match(text, /\.(set|name) = "/)) {
		is_set = substr(text, RSTART + 1, 3) == "set"
		text = substr(text, RSTART + RLENGTH - 1)
		name = take(1)
		if (is_set) {
			entity = ""
			continue
		}
		if (entity == "") {
			entity = name
			column = 0
			entities = entities ",\n\tE_" entity " = " ++number
		} else {
			columns = columns ",\n\t" entity "_" name " = " number * 256 + column++
			total++
		}
	}
	print entities "\n};\n" columns "\n};"
	print "/* How many there are, for entity_lint(). */"
	print "enum { COLUMN_STRIDE = 256, E_COUNT = " number + 0 ","
	print "\tCOLUMN_COUNT = " total + 0 " };"
	print "#endif"
}
