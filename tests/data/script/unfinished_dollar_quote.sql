SELECT $a$ 1;
$b$