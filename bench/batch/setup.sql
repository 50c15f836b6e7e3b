-- An account whose eight paths stand below one root with three strict policies.
CREATE EXTENSION quotakit;
SELECT quotakit.create_account('bench') AS account \gset
SET quotakit.account = 'bench';
SELECT quotakit.create_node(('bench/team' || i)::quotakit.qpath, service => 'openai') FROM generate_series(0, 7) AS i \g /dev/null
SELECT quotakit.set_policy('bench', 9000000000, 'usd', 'month', 'strict') \g /dev/null
SELECT quotakit.set_policy('bench', 1000000000000, 'requests', 'month', 'strict') \g /dev/null
SELECT quotakit.set_policy('bench', 9000000000000000, 'tokens', 'lifetime', 'strict') \g /dev/null
SELECT quotakit.create_key('bench') AS key \gset
SELECT :account, encode(sha256(convert_to(:'key', 'UTF8')), 'hex');
