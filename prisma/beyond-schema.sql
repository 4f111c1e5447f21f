-- Indexes and triggers that schema.prisma cannot express, and their functions. Migrations create both; test/house/migrations.test.ts
-- compares what they have created with this file.

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

CREATE INDEX "user_name_grams_idx" ON "user" USING gin (symbolon_grams("name")) WITH (gin_pending_list_limit = 256);
CREATE INDEX "identity_name_grams_idx" ON "identity" USING gin (symbolon_grams("name")) WITH (gin_pending_list_limit = 256);
CREATE INDEX "identity_email_grams_idx" ON "identity" USING gin (symbolon_grams("email")) WITH (gin_pending_list_limit = 256);
CREATE INDEX "identity_alternates_idx" ON "identity" USING gin (jsonb_path_query_array("alternates", '$.*') jsonb_path_ops) WHERE ("alternates" <> '{}');

CREATE INDEX "audit_event_user_share_idx" ON "audit_event"
  ((hashtextextended("user_id", 0) & 63), "at", (hashtextextended("user_id", 0))) WHERE "user_id" IS NOT NULL;
CREATE INDEX "audit_event_identity_share_idx" ON "audit_event"
  ((hashtextextended("identity_id", 0) & 63), "at", (hashtextextended("identity_id", 0))) WHERE "identity_id" IS NOT NULL;
CREATE INDEX "audit_event_actor_idx" ON "audit_event" ("actor_id", "at") WHERE "actor_id" IS DISTINCT FROM "app_id";

-- The end of the last access token that was issued before a lifetime was lowered, or its app or API deleted: a revoked grant is
-- kept until then. A trigger, so that it also holds where an earlier version makes the change.
CREATE FUNCTION symbolon_keep_token_end() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO token_end (id, at) SELECT 1, now() + make_interval(secs => greatest(
        (to_jsonb(OLD)->>'access_token_lifetime')::int, (to_jsonb(OLD)->>'browser_access_token_lifetime')::int))
      ON CONFLICT (id) DO UPDATE SET at = greatest(token_end.at, excluded.at);
    RETURN NULL;
  END
$$;
CREATE TRIGGER app_token_end AFTER UPDATE OF access_token_lifetime OR DELETE ON app
  FOR EACH ROW WHEN (OLD.access_token_lifetime > 3600) EXECUTE FUNCTION symbolon_keep_token_end();
CREATE TRIGGER api_token_end AFTER UPDATE OF access_token_lifetime, browser_access_token_lifetime OR DELETE ON api
  FOR EACH ROW WHEN (greatest(OLD.access_token_lifetime, OLD.browser_access_token_lifetime) > 3600)
  EXECUTE FUNCTION symbolon_keep_token_end();
-- Each change of a row that processes cache is notified, whichever statement makes it: of this version, an earlier one, a
-- command or an operator by hand. Notifications arrive after the commit.

CREATE OR REPLACE FUNCTION symbolon_entry_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify('symbolon_entry', CASE TG_OP WHEN 'DELETE' THEN OLD.identity_id ELSE NEW.identity_id END);
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION symbolon_identity_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM pg_catalog.pg_notify('symbolon_identity', OLD.id || ' ' || OLD.user_id);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pg_catalog.pg_notify('symbolon_identity', NEW.id || ' ' || NEW.user_id);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER symbolon_entry_added AFTER INSERT OR DELETE ON "vault_entry"
  FOR EACH ROW EXECUTE FUNCTION symbolon_entry_changed();

-- The columns of an entry as it is cached, but for those that decide nothing: the time of the last use and the lease.
CREATE TRIGGER symbolon_entry_changed AFTER UPDATE ON "vault_entry"
  FOR EACH ROW WHEN (
    ROW(
      OLD.identity_id, OLD.connection_id, OLD.ciphertext, OLD.wrapped_key, OLD.key_id, OLD.version, OLD.state,
      OLD.state_reason, OLD.state_since, OLD.granted_scopes, OLD.refreshable, OLD.access_expires_at,
      OLD.refresh_expires_at, OLD.absolute_cap_at, OLD.deposited_at, OLD.last_refreshed_at, OLD.last_error,
      OLD.last_error_at, OLD.retry_at, OLD.failures, OLD.in_doubt, OLD.unverified, OLD.refused_since,
      OLD.refusals, OLD.refused_words, OLD.client_id
    ) IS DISTINCT FROM ROW(
      NEW.identity_id, NEW.connection_id, NEW.ciphertext, NEW.wrapped_key, NEW.key_id, NEW.version, NEW.state,
      NEW.state_reason, NEW.state_since, NEW.granted_scopes, NEW.refreshable, NEW.access_expires_at,
      NEW.refresh_expires_at, NEW.absolute_cap_at, NEW.deposited_at, NEW.last_refreshed_at, NEW.last_error,
      NEW.last_error_at, NEW.retry_at, NEW.failures, NEW.in_doubt, NEW.unverified, NEW.refused_since,
      NEW.refusals, NEW.refused_words, NEW.client_id
    ))
  EXECUTE FUNCTION symbolon_entry_changed();

CREATE TRIGGER symbolon_identity_changed AFTER INSERT OR DELETE ON "identity"
  FOR EACH ROW EXECUTE FUNCTION symbolon_identity_changed();

CREATE TRIGGER symbolon_identity_moved AFTER UPDATE ON "identity"
  FOR EACH ROW WHEN (ROW(OLD.id, OLD.user_id, OLD.connection_id, OLD.issuer, OLD.subject, OLD.name, OLD.linked_at)
    IS DISTINCT FROM ROW(NEW.id, NEW.user_id, NEW.connection_id, NEW.issuer, NEW.subject, NEW.name, NEW.linked_at))
  EXECUTE FUNCTION symbolon_identity_changed();

-- Grants by their last refresh, for those that would lapse for inactivity.
CREATE INDEX "vault_entry_idle_idx" ON "vault_entry"
  ("connection_id", (GREATEST("deposited_at", "last_refreshed_at"))) WHERE (state = 'active' AND refreshable);
