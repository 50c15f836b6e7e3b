# Makes the script of an update out of three files: what an author wrote of it (OLD--NEW.sql), and the
# whole scripts of the old version and of the new one.
#
# In the place of the author's line @changes@ come the statements of the new script that are not in the
# old one, word for word and in their order: functions, procedures, aggregates, views and comments, which
# replace what was there; and types, tables and the like that are new. What the author drops is made
# anew. All else is the author's: changed tables, their rows, rights, and what is gone for good.

# "CREATE TYPE quotakit.x AS (…" is about "TYPE quotakit.x", and so is "COMMENT ON TYPE quotakit.x IS …".
function subject(statement,    words)
{
	sub(/^(CREATE (UNIQUE )?|DROP |COMMENT ON )/, "", statement)
	split(statement, words, /[ \n(;]+/)
	return words[1] " " words[2]
}

function take(statement)
{
	if (part == 2) {
		was[statement] = 1
		known[subject(statement)] = 1
	} else if (statement in was && !(subject(statement) in dropped))
		return
	else if (statement ~ /^CREATE (FUNCTION|PROCEDURE|AGGREGATE|VIEW) /) {
		sub(/^CREATE/, "CREATE OR REPLACE", statement)
		changes = changes statement
	} else if (statement ~ /^(COMMENT ON|CREATE (OPERATOR|CAST)) /)
		changes = changes statement
	else if (statement ~ /^CREATE (TYPE|SEQUENCE|TABLE|INDEX|UNIQUE INDEX) / &&
			 (!(subject(statement) in known) || subject(statement) in dropped))
		changes = changes statement
}

FNR == 1 { part++ }

part == 1 {
	step[++lines] = $0
	if (/^DROP /)
		dropped[subject($0)] = 1
	next
}

# A statement begins where a line does, and ends with one: with its END where its body is BEGIN ATOMIC.
text == "" && /^(--|\\|$)/ { next }

{
	text = text $0 "\n"
	if (gsub(/\$\$/, "") % 2)
		quoted = !quoted
	atomic = atomic || !quoted && /^BEGIN ATOMIC/
}

!quoted && (atomic ? /^END;/ : /;$/) {
	take(text)
	text = ""
	atomic = 0
}

END {
	if (text != "") {
		print "the last statement has no end: " substr(text, 1, 100) > "/dev/stderr"
		exit 1
	}
	print "\\echo Use \"ALTER EXTENSION quotakit UPDATE\" to load this file. \\quit"
	for (i = 1; i <= lines; i++)
		printf "%s", step[i] == "@changes@" ? changes : step[i] "\n"
}
