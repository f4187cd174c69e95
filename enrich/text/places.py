"""Names of places that texts about art speak of, in English, German, French and Italian: data for `names`.

Used where no language model is installed; a place that is not listed is still found behind a preposition.
"""

_LISTED = """
Aachen Aix-la-Chapelle Ägypten Egypt Égypte Amsterdam Antwerpen Antwerp Anvers Arezzo Assisi Athen Athens
Athènes Augsburg Augsbourg Avignon Bamberg Barcelona Barcelone Basel Bâle Basle Bayern Bavaria Bavière
Bayreuth Belgien Belgium Belgique Bergamo Berlin Bern Berne Besançon Bologna Bologne Bonn Bordeaux Böhmen
Bohemia Bohême Boston Brandenburg Braunschweig Brunswick Bremen Brescia Breslau Brügge Bruges Brüssel
Brussels Bruxelles Budapest Burgund Burgundy Bourgogne Byzanz Byzantium Byzance Cambridge Canterbury Carrara
Chartres Chicago Colmar Córdoba Cordova Cremona Dalmatien Dänemark Denmark Danemark Danzig Darmstadt Delft
Den Haag Dijon Dordrecht Dresden Dresde Düsseldorf Edinburgh Eisenach England Angleterre Erfurt Escorial
Europa Europe Ferrara Ferrare Flandern Flanders Flandre Florenz Florence Firenze Fontainebleau Frankfurt
Francfort Frankreich France Freiburg Fribourg Genf Geneva Genève Gent Ghent Gand Genua Genoa Gênes Glasgow
Gotha Göttingen Granada Graz Griechenland Greece Grèce Haarlem Halle Hamburg Hambourg Hampton Hannover
Heidelberg Herculaneum Hildesheim Holland Hollande Innsbruck Irland Ireland Italien Italy Italie Jerusalem
Jérusalem Kairo Cairo Karlsruhe Kassel Cassel Kiel Köln Cologne Königsberg Konstantinopel Constantinople
Konstanz Kopenhagen Copenhagen Copenhague Krakau Cracow Cracovie Leiden Leyden Leyde Leipzig Leipsic
Leningrad Lille Lissabon Lisbon Lisbonne Liverpool London Londres Loreto Lothringen Lorraine Lübeck Lucca
Lüttich Liège Luzern Lyon Madrid Magdeburg Mailand Milan Milano Mainz Manchester Mantua Mantoue Marburg
Marseille Mecheln Malines Meißen Meissen Messina Metz Modena Modène München Munich Münster Murano Neapel
Naples Napoli New York Niederlande Netherlands Pays-Bas Normandie Normandy Norwegen Norway Norvège Nürnberg
Nuremberg Orvieto Österreich Austria Autriche Oxford Padua Padoue Padova Palermo Palästina Palestine Paris
Parma Parme Passau Pavia Pavie Perugia Pérouse Persien Persia Perse Petersburg Philadelphia Pisa Pise
Pistoia Polen Poland Pologne Pompeji Pompeii Pompéi Portugal Posen Potsdam Prag Prague Preußen Preussen
Prussia Prusse Ravenna Ravenne Regensburg Ratisbon Reims Rheims Rimini Rom Rome Roma Rostock Rothenburg
Rotterdam Rouen Ruppin Rußland Russland Russia Russie Sachsen Saxony Saxe Salisbury Salzburg Salzbourg
Sanssouci Schlesien Silesia Silésie Schottland Scotland Écosse Schwaben Swabia Schweden Sweden Suède Schweiz
Switzerland Suisse Sevilla Seville Séville Siena Sienne Sienna Sizilien Sicily Sicile Spanien Spain Espagne
Speyer Spoleto Stockholm Straßburg Strasburg Strasbourg Stuttgart Syrien Syria Syrie Tirol Tyrol Toledo
Tolède Toskana Tuscany Toscane Toulouse Tours Treviso Trient Trier Treves Trèves Triest Tübingen Turin
Torino Türkei Turkey Turquie Ulm Umbrien Umbria Ombrie Ungarn Hungary Hongrie Urbino Utrecht Vatikan Vatican
Venedig Venice Venise Venezia Verona Vérone Versailles Vicenza Vicence Warschau Warsaw Varsovie Washington
Weimar Westminster Wien Vienna Vienne Wittenberg Worms Würzburg York Ypern Ypres Zürich Zurich Zwickau
Amerika America Amérique Asien Asia Asie Afrika Africa Afrique Indien India Inde China Chine Japan Japon
Rhein Rhine Rhin Donau Danube Seine Themse Thames Tamise Elbe
"""

PLACES: frozenset[str] = frozenset(_LISTED.split()) - {"Den", "Haag", "New", "Hampton"} | {
    *("Den Haag", "New York", "Hampton Court", "The Hague", "La Haye", "Sankt Petersburg", "St. Petersburg"),
}
