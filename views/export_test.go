package views

// What the tests use of the package beyond its exported names.
var (
	TextsIn   = Lang.texts
	Text      = text
	LoadTexts = loadTexts
	Files     = map[Lang][]byte{Spanish: spanishTOML, English: englishTOML}
	Label     = label
	Link      = link
	Zone      = zone
	Clock     = clock
	Points    = sparkPoints
	Decimal   = Lang.decimal
	Signed    = Lang.signed
	Change    = Lang.change
	Percent   = Lang.percent
	Bytes     = Lang.bytes
	Duration  = Lang.duration
	Day       = Lang.day
	Decimals  = priceDecimals
	Fraction  = fraction
	Count     = Lang.count
	Lag       = Lang.lag
	PerWrite  = Lang.perWrite
	DoneForms = doneForms
)
