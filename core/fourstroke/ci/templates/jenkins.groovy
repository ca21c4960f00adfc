// Written by `fourstroke ci init jenkins`. The steps are those of `fourstroke ci`, which runs them on a laptop, too.
pipeline {
    agent any
    options {
        disableConcurrentBuilds()
        timeout(time: 90, unit: 'MINUTES')
    }
    stages {
        stage('Install') {
            steps {
                dir('@FOLDER@') {
                    sh '''
                        python3 -m venv .fourstroke/venv
                        . .fourstroke/venv/bin/activate
                        @INSTALL@
                    '''
                }
            }
        }
        stage('Check') {
            steps {
                dir('@FOLDER@') {
                    sh '. .fourstroke/venv/bin/activate && fourstroke ci --rows @ROWS@ --home .fourstroke/ci --junit fourstroke-junit.xml --summary fourstroke-summary.md'
                }
            }
        }
@PROMOTE@
    }
    post {
        always {
            junit allowEmptyResults: true, testResults: '**/fourstroke-junit.xml'
            archiveArtifacts allowEmptyArchive: true, artifacts: '**/fourstroke-summary.md, **/.fourstroke/ci/reports/**'
        }
    }
}
