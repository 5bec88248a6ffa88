CREATE TYPE state AS ENUM ('new');
ALTER TYPE state ADD VALUE 'old';
