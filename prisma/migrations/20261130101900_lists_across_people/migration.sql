-- Each index blocks the writes of its table while it is built. Where there are millions of people, create those of "user" and
-- "identity" beforehand with CREATE INDEX CONCURRENTLY, under these names (docs/database.md).

-- AlterTable
ALTER TABLE "vault_entry" ADD COLUMN     "described_version" INTEGER,
ADD COLUMN     "ends_at" TIMESTAMPTZ(3),
ADD COLUMN     "origins" TEXT;

-- CreateIndex
CREATE INDEX IF NOT EXISTS "user_last_login_at_id_idx" ON "user"("last_login_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX IF NOT EXISTS "identity_linked_at_id_idx" ON "identity"("linked_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX IF NOT EXISTS "identity_connection_id_linked_at_id_idx" ON "identity"("connection_id", "linked_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX IF NOT EXISTS "identity_subject_idx" ON "identity"("subject");

-- CreateIndex
CREATE INDEX IF NOT EXISTS "vault_entry_trouble_idx" ON "vault_entry"("connection_id", "state_since" DESC, "identity_id" DESC) WHERE (state <> 'active');

-- CreateIndex
CREATE INDEX IF NOT EXISTS "vault_entry_run_out_idx" ON "vault_entry"("connection_id", "access_expires_at" DESC, "identity_id" DESC) WHERE (state = 'active' AND NOT refreshable AND access_expires_at IS NOT NULL);

-- CreateIndex
CREATE INDEX IF NOT EXISTS "vault_entry_ends_idx" ON "vault_entry"("refreshable", "ends_at", "identity_id") WHERE (state = 'active' AND ends_at IS NOT NULL);

-- CreateIndex
CREATE INDEX IF NOT EXISTS "vault_entry_unsure_idx" ON "vault_entry"("identity_id" DESC) WHERE (failures > 0 OR unverified);

-- CreateIndex
CREATE INDEX IF NOT EXISTS "vault_entry_undescribed_idx" ON "vault_entry"("identity_id") WHERE (described_version IS DISTINCT FROM version);

-- The search for people: bigrams, so that a Chinese name of two characters is found, in a cluster of any locale.
CREATE OR REPLACE FUNCTION symbolon_fold(given text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN octet_length(given) = length(given) THEN lower(given)
      WHEN given ~ '[À-ỿ]' THEN lower(translate(normalize(given, NFKC),
        'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫϏϘϚϜϞϠϢϤϦϨϪϬϮϴϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẞẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾ',
        'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżžάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋϗϙϛϝϟϡϣϥϧϩϫϭϯθϸϲϻͻͼͽѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӂӄӆӈӊӌӎӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕßạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿ'))
      ELSE lower(normalize(given, NFKC)) END
$$;
CREATE OR REPLACE FUNCTION symbolon_grams(given text) RETURNS text[] IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT ARRAY(
    SELECT gram FROM (SELECT string_to_array(left(CASE WHEN octet_length(given) = length(given) THEN lower(given)
      WHEN given ~ '[À-ỿ]' THEN lower(translate(normalize(given, NFKC),
        'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫϏϘϚϜϞϠϢϤϦϨϪϬϮϴϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẞẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾ',
        'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżžάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋϗϙϛϝϟϡϣϥϧϩϫϭϯθϸϲϻͻͼͽѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӂӄӆӈӊӌӎӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕßạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿ'))
      ELSE lower(normalize(given, NFKC)) END, 256), NULL) AS signs OFFSET 0) one,
      generate_subscripts(signs, 1) i,
      LATERAL (VALUES (signs[i] || signs[i + 1]), (CASE WHEN ascii(signs[i]) >= 11904 THEN signs[i] END)) made (gram)
    WHERE gram IS NOT NULL)
$$;

CREATE INDEX IF NOT EXISTS "user_name_grams_idx" ON "user" USING gin (symbolon_grams("name")) WITH (gin_pending_list_limit = 256);
CREATE INDEX IF NOT EXISTS "identity_name_grams_idx" ON "identity" USING gin (symbolon_grams("name")) WITH (gin_pending_list_limit = 256);
CREATE INDEX IF NOT EXISTS "identity_email_grams_idx" ON "identity" USING gin (symbolon_grams("email")) WITH (gin_pending_list_limit = 256);
CREATE INDEX IF NOT EXISTS "identity_alternates_idx" ON "identity" USING gin (jsonb_path_query_array("alternates", '$.*') jsonb_path_ops) WHERE ("alternates" <> '{}');
