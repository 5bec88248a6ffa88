-- All claims are lost.
DROP TABLE policy.claims;
DROP FUNCTION policy.require_cover();
DROP TYPE policy.claim_state;
