\! createuser app
