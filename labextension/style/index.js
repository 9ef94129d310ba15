import './base.css';
import './states.css';
import './panel.css';
import './views.css';
import './details.css';
import './log.css';
import './lab.css';
import './graph.css';
