        // Trains on all rows, by the team's records; promotes if verdict, approvals and policy let it: exit code 3 or 4 if not.
        stage('Promote') {
            when {
                branch '@BRANCH@'
            }
            environment {
                FOURSTROKE_ENV = '@ENVIRONMENT@'
@SECRETS@
            }
            steps {
                dir('@FOLDER@') {
                    // Who and where is what the forge says: a name to search for, no proof.
                    sh '. .fourstroke/venv/bin/activate && fourstroke run @FROZEN@--tag "ci=$BUILD_URL" --note "CI of $GIT_COMMIT"'
                }
            }
        }
