//! `COPY` and `\copy`, with their data in the script or in a file.

use super::Author;
use crate::script::File;

impl Author {
    pub(super) fn copying(&mut self, out: &mut Vec<String>) {
        let rows = self.pick(&[
            "101\tone\n102\t\\N\n",
            "",
            "103\tx;y 'z' :v \\\\ $$\n",
            "104\n",
            "x\ty\n",
            "105\té\\ttab\\nline\n",
            "106\ta\n\n107\tb\n",
            "108\ta\tb\n",
        ]);
        let end = self.pick(&["\\.\n", "\\.\n", "\\.\n", "\\.\nSELECT 'behind';\n"]);
        let piece = match self.below(20) {
            0..=3 => format!("COPY watched FROM STDIN;\n{rows}{end}"),
            4 => format!(
                "COPY watched (n, t) FROM STDIN WITH (FORMAT csv);\n1,\"quoted, and\n2\",x\n{end}"
            ),
            5 => format!(
                "COPY watched (n, t) FROM STDIN WITH (FORMAT csv);\n1,\"quoted, and\n2\"\n3,\n{end}"
            ),
            6 => format!("copy watched from stdin; SELECT 'same line';\n{rows}{end}"),
            7..=8 => format!("\\copy watched from stdin\n{rows}{end}"),
            9 => format!("\\copy watched (n, t) from stdin with (format csv)\n5,x\n{end}"),
            10 => "\\copy item to stdout\n".into(),
            11 => {
                "\\copy (select id, name from item order by id) to stdout with csv header\n".into()
            }
            12 => format!("\\copy item to out_{}.txt\n", self.below(2)),
            13 => "\\copy watched to 'out 3.txt' (format csv);\n".into(),
            14 | 15 => {
                self.data_file();
                self.pick(&[
                    "\\copy watched from data.txt\n",
                    "\\copy watched from 'data.txt';\n",
                    "\\copy public.watched (n, t) from 'data.txt' with (format text)\n",
                    "\\COPY watched from data.txt\n",
                ])
                .replace("\\COPY", "\\copy")
            }
            16 => self
                .pick(&[
                    "\\copy nosuch to stdout\n",
                    "\\copy\n",
                    "\\copy item\n",
                    "\\copy (select 1 / 0) to stdout\n",
                    "\\copy item to\n",
                    "\\copy item sideways x\n",
                ])
                .into(),
            17 => format!("COPY watched FROM STDIN \\g\n{rows}{end}"),
            18 => format!(
                "SELECT 'first' \\; COPY watched FROM STDIN \\; SELECT 'last';\n{rows}{end}"
            ),
            _ => "\\copy watched from pstdin\n".into(),
        };
        out.push(piece);
    }

    fn data_file(&mut self) {
        if self.files.iter().all(|file| file.name != "data.txt") {
            let text = self.pick(&["1\ta\n2\tb\n", "3\t\\N", "", "x\ty\n", "4\ta\n\\.\n5\tb\n"]);
            self.files.push(File {
                name: "data.txt".into(),
                pieces: vec![text.into()],
            });
        }
    }
}
